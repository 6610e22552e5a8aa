import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

let input: Writable | undefined

/**
 * Tells this process' guard (guard.js), which outlives it by a moment, and starts it where there is
 * none yet.
 */
export function tellGuard(line: `${'started' | 'ended'} ${number}` | `remove ${string}`): void {
  input ??= startGuard()
  input.write(`${line}\n`)
}

function startGuard(): Writable {
  const child = spawn(process.execPath, [new URL('guard.js', import.meta.url).pathname], {
    // In a group of its own: what is sent to ours from a terminal does not reach it.
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  const { stdin } = child
  stdin.on('error', () => {})
  // A socket, where it is a pipe to a child: it does not keep this process alive.
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  return stdin
}
