import type { Clock, Timer } from '../clock.ts'
import type { RedisClient } from './client.ts'
import { retryDelay } from './connect-options.ts'
import { withoutCommand } from './failure.ts'

/**
 * Connects a client again that ioredis has given up though nobody closed it.
 *
 * ioredis ends a client for good if its connector is told to disconnect while it looks for the
 * server (`Connection is closed.`). Its detector of failovers does so: it hears of the new primary
 * in the middle of an attempt to find it. So does `disconnect(true)` at such a time.
 *
 * @returns a function that ends this, to be called before the client is closed
 */
export function keepsConnecting(client: RedisClient, clock: Clock): () => void {
  let wasCutOff = false
  let attempts = 0
  let timer: Timer | undefined
  const onConnecting = () => {
    wasCutOff = false
  }
  const onError = (error: unknown) => {
    wasCutOff = withoutCommand(error).message === 'Connection is closed.'
  }
  const onReady = () => {
    attempts = 0
  }
  const onEnd = () => {
    if (!wasCutOff) return
    attempts++
    timer = clock.setTimeout(() => client.connect().catch(() => {}), retryDelay(attempts)).unref()
  }
  const listeners = { connecting: onConnecting, error: onError, ready: onReady, end: onEnd }
  for (const [event, listener] of Object.entries(listeners)) client.on(event, listener)
  return () => {
    clock.clearTimeout(timer)
    for (const [event, listener] of Object.entries(listeners)) client.off(event, listener)
  }
}
