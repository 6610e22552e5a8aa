import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Site } from './site-process.ts'
import { clientsOf, type Trial, tryFault } from './trial.ts'

/** Failures of a real server: blocked, out of memory, or refusing clients. */
describeRedis('a site whose Redis', () => {
  let server: RedisServer
  let site: Site
  beforeAll(async () => {
    server = await startRedis(['--enable-debug-command', 'yes', '--maxmemory-policy', 'noeviction'])
  })
  // Each test has its own: a site whose store fails again and again asks it more rarely.
  beforeEach(async () => {
    site = await Site.start({ redis: { url: server.url } })
  })
  afterEach(async () => {
    expect(await site.close()).toBe(0)
  })
  afterAll(() => server.stop())
  const test = (trial: Omit<Trial, 'site' | 'admin'>) => tryFault({ site, admin: server.admin, ...trial })
  const config = (name: string, value: string) => server.admin.config('SET', name, value)
  const killSite = () => server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')

  it('pauses its clients', () =>
    test({
      fault: 'CLIENT PAUSE',
      // It ends by itself: UNPAUSE would wait, too.
      begin: () => server.admin.call('CLIENT', 'PAUSE', '5000', 'ALL'),
      end: () => server.admin.ping(),
      told: /did not answer within 1000 ms|has not answered for 1000 ms/,
    }))

  it('has no memory left', () =>
    test({
      fault: 'OOM (maxmemory reached, noeviction)',
      begin: () => config('maxmemory', '1'),
      end: () => config('maxmemory', '0'),
      told: /OOM .*raise maxmemory/,
    }))

  it('has become a replica of a server that is not there', () =>
    test({
      fault: 'READONLY (REPLICAOF)',
      begin: () => server.admin.replicaof('127.0.0.1', '1'),
      end: () => server.admin.replicaof('NO', 'ONE'),
      told: /READONLY .*connect to the primary/,
    }))

  it('has become a replica that gives no old data', () =>
    test({
      fault: 'MASTERDOWN (REPLICAOF)',
      begin: async () => {
        await config('replica-serve-stale-data', 'no')
        await server.admin.replicaof('127.0.0.1', '1')
      },
      end: async () => {
        await server.admin.replicaof('NO', 'ONE')
        await config('replica-serve-stale-data', 'yes')
      },
      told: /MASTERDOWN .*serve again by itself/,
    }))

  it('loads its data', async () => {
    const loading = server.admin.duplicate()
    let loaded: Promise<unknown> = Promise.resolve()
    // Each key takes so many microseconds, until the test says that it is enough.
    await config('key-load-delay', '100000')
    await config('loading-process-events-interval-bytes', '1024')
    await test({
      fault: 'LOADING (DEBUG RELOAD)',
      begin: () => {
        loaded = loading.debug('RELOAD')
      },
      lasts: 50,
      end: async () => {
        await config('key-load-delay', '0')
        await loaded
      },
      told: /LOADING .*serve again by itself/,
    })
    loading.disconnect()
  })

  it('runs a script without end', async () => {
    await config('lua-time-limit', '50')
    const stuck = server.admin.duplicate()
    await stuck.ping()
    await test({
      fault: 'BUSY (a script without end)',
      begin: () => {
        stuck.eval('while true do end', 0).catch(() => {})
      },
      end: () => server.admin.script('KILL'),
      told: /BUSY .*serve again by itself/,
    })
    stuck.disconnect()
  })

  it('wants a password, and closed the connection', () =>
    test({
      fault: 'NOAUTH (requirepass)',
      begin: async () => {
        await config('requirepass', 'secret')
        await killSite()
      },
      end: () => config('requirepass', ''),
      // Where the breaker has opened for the lost connection, what is wrong since then is not said.
      told: /NOAUTH .*give its password|the connection was lost|is not connected/,
    }))

  it('has too many clients, and closed the connection', () =>
    test({
      fault: 'max number of clients (maxclients)',
      begin: async () => {
        await config('maxclients', '1')
        await killSite()
      },
      end: () => config('maxclients', '10000'),
      told: /max number of clients|is not connected|the connection was lost/,
    }))

  it('forgets its scripts, and closes each connection', () =>
    test({
      fault: 'SCRIPT FLUSH, and CLIENT KILL',
      begin: async () => {
        const clients = await clientsOf(server.admin)
        for (let n = 0; n < 5; n++) {
          await server.admin.script('FLUSH')
          await killSite()
          // It is connected again.
          await expect.poll(() => clientsOf(server.admin)).toBe(clients)
        }
      },
      end: () => server.admin.script('FLUSH'),
      told: /the connection was lost|is not connected|NOSCRIPT/,
    }))

  // Each page that reads it has 64 MB to fetch, and pages that share its command wait for them,
  // too.
  it('has a value of 64 MB under the key of a popular fragment', async () => {
    let key: string | undefined
    await test({
      fault: 'a value of 64 MB under a key of a popular page',
      begin: async () => {
        ;[key] = await server.admin.keys('*card:n1:1:n1:5')
        await server.admin.set(key as string, Buffer.alloc(64 * 1024 * 1024, 'x'))
      },
      end: () => server.admin.del(key as string),
      told: /miss: damaged|ERR_ONETRIP_STORE/,
    })
  })
})
