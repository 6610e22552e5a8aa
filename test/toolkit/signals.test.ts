import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../helpers/redis-server.ts'
import { useKits } from './kit-fixture.ts'

describeRedis('one signal for 30 calls at one time', () => {
  const { kit } = useKits()
  const warned: string[] = []
  const onWarning = ({ name }: Error) => void warned.push(name)
  beforeEach(() => void process.on('warning', onWarning))
  afterEach(() => void process.off('warning', onWarning))

  test('has one listener, ends all of them, and causes no warning of Node', async () => {
    const tools = kit()
    const giveUp = new AbortController()
    const { signal } = giveUp
    const lock = tools.lock('busy')
    const lease = await lock.acquire()
    const limit = tools.rateLimit('r', { limit: 1_000, per: '1h' })
    const list = tools.list('none')
    const calls = Array.from({ length: 10 }, () => [
      lock.acquire({ signal }),
      list.blockingPop('1m', { signal }),
      tools
        .lock('other', { fair: true })
        .acquire({ signal })
        .then((other) => other.release()),
    ]).flat()
    for (let n = 0; n < 20; n++) void limit.take('key', { signal }).catch(() => {})
    const settled = Promise.allSettled(calls)
    await expect.poll(() => getEventListeners(signal, 'abort').length).toBe(1)
    giveUp.abort(new Error('enough'))
    const outcomes = await settled
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(20)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    await lease.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(warned).toEqual([])
  })
})
