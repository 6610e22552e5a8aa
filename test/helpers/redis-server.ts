import { type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, test } from 'vitest'
import { startProgram } from './child-process.ts'

/** The program to start: `ONETRIP_REDIS_SERVER`, or the first of these that is on the machine. */
export const binary = [process.env.ONETRIP_REDIS_SERVER, 'redis-server', 'valkey-server'].find(
  (name) => name && spawnSync(name, ['--version']).status === 0,
)

/**
 * True if `startRedis()` starts `onetrip/server` (`ONETRIP_OWN_SERVER=1`), so that the tests of
 * what uses Redis are tests of that server, too: own-server-tests.ts says which of them. Clusters
 * and Sentinels are real ones nevertheless.
 */
const ownServer = process.env.ONETRIP_OWN_SERVER === '1'
const single = ownServer ? new URL('onetrip-server.js', import.meta.url).pathname : binary

/**
 * Returns `test` for a test of what `onetrip/server` does not have: there it declares none.
 *
 * @param _needs what is needed, such as ACL
 */
export function onlyOnRedis(_needs: string): typeof test {
  return ownServer ? NO_TEST : test
}

const NO_TEST = Object.assign(() => {}, { each: () => () => {} }) as unknown as typeof test

/** True if {@link startRedis} can start a server. */
export const hasRedis = single !== undefined

export const HOW_TO_INSTALL =
  'no redis-server on this machine: install one (apt-get install redis-server, brew install redis), or name its path in ONETRIP_REDIS_SERVER'

/**
 * `describe` for tests that need {@link startRedis}. Without a server it skips them and says so;
 * with `ONETRIP_NO_SKIP=1` it throws, so that CI cannot be green for lack of a program.
 */
export function describeRedis(name: string, fn: () => void): void {
  describeIf(hasRedis, name, fn)
}

/** As {@link describeRedis}, for tests of a cluster, which `onetrip/server` cannot be. */
export function describeCluster(name: string, fn: () => void): void {
  describeIf(binary !== undefined, name, fn)
}

function describeIf(isThere: boolean, name: string, fn: () => void): void {
  if (isThere) {
    describe(name, fn)
    return
  }
  if (process.env.ONETRIP_NO_SKIP === '1') throw new Error(`${name} cannot run: ${HOW_TO_INSTALL}`)
  console.warn(`\n*** SKIPPED: "${name}": ${HOW_TO_INSTALL} ***\n`)
  describe.skip(name, fn)
}

export interface RedisServer {
  readonly port: number
  /** `redis://127.0.0.1:<port>` */
  readonly url: string
  /** Of the process that runs now; changes with {@link RedisServer.restart}. */
  readonly pid: number
  /**
   * A plain client for the test's own look at the server. It connects again by itself after a
   * restart.
   */
  readonly admin: Redis
  /** Stops the process with SIGSTOP: the port accepts connections, nobody answers. */
  pause(): void
  /** Ends a pause. */
  resume(): void
  /** Kills the process; the port refuses connections until {@link RedisServer.restart}. */
  kill(): Promise<void>
  /**
   * Starts the server anew, empty, on the same port, with the same arguments. Kills it first if it
   * runs.
   */
  restart(): Promise<void>
  /** Forgets what was counted until now (`CONFIG RESETSTAT`). */
  resetStats(): Promise<void>
  /**
   * Calls per command since {@link RedisServer.resetStats}, by `INFO commandstats`, without what a
   * connection says when it opens and what this helper asks. Commands that a script calls are
   * counted by Redis too.
   */
  commandStats(): Promise<Record<string, number>>
  /** Kills the process for good, closes {@link RedisServer.admin}, removes the temporary folder. */
  stop(): Promise<void>
}

/** Commands sent to open a connection and by this helper, which a test's counts leave out. */
const NOT_COUNTED = /^(info|config\|.*|hello|auth|select|ping|quit|client\|.*)$/

/**
 * Starts a real server on a free port of the loopback: no persistence, a temporary folder of its
 * own.
 * @param args further arguments, e.g. `['--maxmemory', '2mb']`
 */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  if (!single) throw new Error(HOW_TO_INSTALL)
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-redis-'))
  let child: ChildProcess | undefined
  let port = 0
  // The free port may be taken by another test between the look and the start: then take another.
  for (let attempt = 1; child === undefined; attempt++) {
    port = await freePort()
    child = await launch(single, port, folder, args).catch((error: unknown) => {
      if (attempt === 5) throw error
      return undefined
    })
  }
  let current = child
  const program = single

  const admin = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  admin.on('error', () => {}) // it tries again; a test that kills the server expects this

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    admin,
    get pid() {
      return current.pid as number
    },
    pause() {
      pause(current)
    },
    resume() {
      current.kill('SIGCONT')
    },
    kill: () => end(current),
    async restart() {
      await end(current)
      current = await launch(program, port, folder, args)
      await admin.ping()
    },
    async resetStats() {
      await admin.config('RESETSTAT')
    },
    async commandStats() {
      const calls: Record<string, number> = {}
      for (const line of (await admin.info('commandstats')).split('\r\n')) {
        const match = /^cmdstat_(.+):calls=(\d+)/.exec(line)
        if (match?.[1] && !NOT_COUNTED.test(match[1])) calls[match[1]] = Number(match[2])
      }
      return calls
    },
    async stop() {
      admin.disconnect()
      await end(current)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a server without persistence; resolves when it accepts connections. */
export function launch(
  program: string,
  port: number,
  folder: string,
  args: readonly string[],
): Promise<ChildProcess> {
  // biome-ignore format: one setting a line
  const settings = [
    '--port', String(port),
    '--bind', '127.0.0.1',
    '--dir', folder,
    '--save', '',
    '--appendonly', 'no',
    '--daemonize', 'no',
    ...args,
  ]
  return run(program, settings, 'Ready to accept connections')
}

/**
 * Starts a process; resolves when it prints `ready`, rejects with what it printed when it ends
 * instead.
 */
export function run(program: string, args: readonly string[], ready: string): Promise<ChildProcess> {
  const child = startProgram(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let printed = ''
    const read = (chunk: Buffer) => {
      printed += chunk.toString()
      if (!printed.includes(ready)) return
      // Keep reading: a full pipe would stop the server at its next log line.
      child.stdout?.removeListener('data', read).resume()
      child.stderr?.removeListener('data', read).resume()
      resolve(child)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      reject(new Error(`${program} ${args.slice(0, 2).join(' ')} ended (${code ?? signal}):\n${printed}`))
    })
  })
}

/** Ends one process by its own handle; SIGKILL also ends a paused one. */
export function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/**
 * Stops a process, and waits until all its threads have noticed: on a busy machine one of them
 * answers for a while.
 */
export function pause(child: ChildProcess): void {
  child.kill('SIGSTOP')
  const threads = `/proc/${child.pid}/task`
  if (!existsSync(threads)) return // no Linux
  const runs = (thread: string) => !/\) T /.test(readFileSync(`${threads}/${thread}/stat`, 'utf8'))
  const nap = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 0; tries < 1_000 && readdirSync(threads).some(runs); tries++) Atomics.wait(nap, 0, 0, 1)
}

/** A port of the loopback that nobody listens on right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
