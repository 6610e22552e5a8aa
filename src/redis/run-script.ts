import { StoreError } from '../errors.ts'
import type { ScriptText } from './script-text.ts'

/**
 * Runs a script by its SHA-1. Sends its text if the server does not know it (`SCRIPT FLUSH`, a
 * restart, a failover to a node that never ran it).
 *
 * @param send sends `EVALSHA` or `EVAL` with this first argument, and converts an error
 */
export function runScript(
  send: (command: 'evalsha' | 'eval', script: string) => Promise<unknown>,
  { sha, text }: ScriptText,
): Promise<unknown> {
  return send('evalsha', sha).catch((error: unknown) => {
    if (!(error instanceof StoreError && /NOSCRIPT/.test(error.message))) throw error
    return send('eval', text)
  })
}
