import { type ChildProcess, spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { describe, vi } from 'vitest'
import { startProgram } from './child-process.ts'
import { end, freePort, pause } from './redis-server.ts'

const hasMemcached = spawnSync('memcached', ['--version']).status === 0

/**
 * `describe` for tests that need a memcached. Without one it skips them and says so; with
 * `ONETRIP_NO_SKIP=1` it throws.
 */
export function describeMemcached(name: string, fn: () => void): void {
  if (hasMemcached) {
    describe(name, fn)
    return
  }
  const how = 'no memcached on this machine: install one (apt-get install memcached, brew install memcached)'
  if (process.env.ONETRIP_NO_SKIP === '1') throw new Error(`${name} cannot run: ${how}`)
  console.warn(`\n*** SKIPPED: "${name}": ${how} ***\n`)
  describe.skip(name, fn)
}

export interface MemcachedServer {
  readonly port: number
  /** `127.0.0.1:<port>` */
  readonly address: string
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** Starts it anew, empty, on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts a real server on a free port of the loopback. */
export async function startMemcached(): Promise<MemcachedServer> {
  let port = 0
  let child: ChildProcess | undefined
  // The free port may be taken by another test between the look and the start: then take another.
  for (let attempt = 1; child === undefined; attempt++) {
    port = await freePort()
    child = await start(port).catch((error: unknown) => {
      if (attempt === 5) throw error
      return undefined
    })
  }
  let current = child
  return {
    port,
    address: `127.0.0.1:${port}`,
    pause: () => pause(current),
    resume: () => current.kill('SIGCONT'),
    kill: () => end(current),
    restart: async () => {
      current = await start(port)
    },
    stop: () => end(current),
  }
}

async function start(port: number): Promise<ChildProcess> {
  const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '64', '-I', '2m', '-u', 'nobody']
  const child = startProgram('memcached', args, { stdio: 'ignore' })
  const listens = async () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`memcached ended (${child.exitCode ?? child.signalCode})`)
    const socket = connect(port, '127.0.0.1')
    return new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    }).finally(() => socket.destroy())
  }
  await vi.waitUntil(listens, { timeout: 300_000, interval: 25 })
  return child
}
