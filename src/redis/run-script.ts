import { StoreError } from '../errors.ts'
import type { RedisClient } from './client.ts'
import type { ScriptText } from './script-text.ts'

/** Sends one command by a client, and converts its error. */
type Send = (command: (client: RedisClient) => Promise<unknown>) => Promise<unknown>

/**
 * Runs a script by its SHA-1. Sends its text if the server does not know it (`SCRIPT FLUSH`, a
 * restart, a failover to a node that never ran it).
 */
export async function runScript(
  send: Send,
  script: ScriptText,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  return send((client) => client.evalsha(script.sha, keys.length, ...keys, ...args)).catch(
    (error: unknown) => {
      if (!(error instanceof StoreError && /NOSCRIPT/.test(error.message))) throw error
      return send((client) => client.eval(script.text, keys.length, ...keys, ...args))
    },
  )
}
