/**
 * A redis-server of the benchmark's own: a free port of the loopback, nothing on disk, stopped by
 * its pid.
 */

import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { Redis } from 'ioredis'
import { freePort } from './free-port.js'

/**
 * Commands of the contenders. All others are not theirs, or not sent by them: `INFO`, what
 * opens a connection, and the commands that a script calls, which Redis counts too.
 */
const COUNTED = new Set(['get', 'mget', 'eval', 'evalsha'])

const ARGUMENTS = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no']

/**
 * Far above what a run keeps; a contender that only misses fills its database between two rounds.
 */
const MEMORY = ['--maxmemory', '1gb', '--databases', '64']

/**
 * @param {'allkeys-lru' | 'noeviction'} policy of a cache, or of a queue
 * @throws Error if there is no redis-server on this machine
 */
export async function startRedis(policy = 'allkeys-lru') {
  const program = [process.env.ONETRIP_REDIS_SERVER, 'redis-server', 'valkey-server'].find(
    (name) => name && spawnSync(name, ['--version']).status === 0,
  )
  if (!program) {
    throw new Error(
      'The benchmark needs redis-server: install it (apt-get install redis-server, brew install redis), ' +
        'or name its path in ONETRIP_REDIS_SERVER.',
    )
  }
  const port = await freePort()
  const child = spawn(
    program,
    ['--port', String(port), '--dir', tmpdir(), ...ARGUMENTS, ...MEMORY, '--maxmemory-policy', policy],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true, // Ctrl-C is for the benchmark, which then stops its servers itself
    },
  )
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await ready(child, program)

  const admin = new Redis({ port, host: '127.0.0.1' })
  return {
    version: /redis_version:(\S+)/.exec(await admin.info('server'))?.[1],
    /** A database for each contender, so that none evicts or meets another's keys. */
    urlOf: (database) => `redis://127.0.0.1:${port}/${database}`,
    /** Returns how many commands contenders have sent until now. */
    async commands() {
      let calls = 0
      for (const line of (await admin.info('commandstats')).split('\r\n')) {
        const match = /^cmdstat_([^:]+):calls=(\d+)/.exec(line)
        if (match && COUNTED.has(match[1])) calls += Number(match[2])
      }
      return calls
    },
    async stop() {
      process.off('exit', kill)
      admin.disconnect()
      if (child.exitCode !== null || child.signalCode !== null) return
      await new Promise((resolve) => {
        child.once('exit', resolve)
        kill()
      })
    },
  }
}

function ready(child, program) {
  return new Promise((resolve, reject) => {
    let printed = ''
    const read = (chunk) => {
      printed += chunk
      if (!printed.includes('Ready to accept connections')) return
      child.stdout.off('data', read).resume() // a full pipe would stop the server at its next line
      resolve(undefined)
    }
    child.stdout.on('data', read)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      reject(new Error(`${program} ended (${code ?? signal}):\n${printed}`))
    })
  })
}

/** Empties a database, for a contender that fills it and never reads it. */
export async function emptyDatabase(url) {
  const redis = new Redis(url)
  await redis.flushdb()
  redis.disconnect()
}
