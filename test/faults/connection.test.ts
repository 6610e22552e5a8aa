import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Site } from './site-process.ts'
import { type Trial, tryFault } from './trial.ts'
import { cutAfter, delayed, neverAnswered } from './wire-faults.ts'

/** The way to Redis is cut, or nothing comes back on it. */
describeRedis('a site whose connection to Redis', () => {
  let server: RedisServer
  let proxy: FaultProxy
  let site: Site
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
    site = await Site.start({ redis: { url: `redis://127.0.0.1:${proxy.port}` } })
  })
  afterAll(async () => {
    const code = await site.close()
    await proxy.close()
    expect(proxy.connections).toBe(0)
    await server.stop()
    // It ended by itself: nothing was left that keeps a process alive.
    expect(code).toBe(0)
  })
  const test = (trial: Omit<Trial, 'site' | 'admin'>) => tryFault({ site, admin: server.admin, ...trial })

  it('is refused', () =>
    test({
      fault: 'connection refused',
      begin: () => proxy.refuse(),
      end: () => proxy.accept(),
      told: /ECONNREFUSED|the connection was lost|is not connected/,
    }))

  it('is lost because the server died, and comes back empty', () =>
    test({
      fault: 'server killed and started again',
      begin: () => server.kill(),
      end: () => server.restart(),
      told: /ERR_ONETRIP_STORE/,
    }))

  it('is reset in the middle of a reply', async () => {
    await test({
      fault: 'connection reset in the middle of a reply',
      begin: () => proxy.set(cutAfter(5_000)),
      end: () => {
        const { struck } = proxy
        proxy.set()
        expect(struck).toBeGreaterThan(0)
      },
      told: /the connection was lost|is not connected/,
    })
  })

  it('gives no reply any more', () =>
    test({
      fault: 'a reply that never comes',
      begin: () => proxy.set(neverAnswered),
      end: () => proxy.set(),
      lasts: 2_000,
      told: /did not answer within 100 ms/,
      within: 8_000,
    }))

  it('accepts commands, and the server is stopped (SIGSTOP)', () =>
    test({
      fault: 'server stopped (SIGSTOP)',
      begin: () => server.pause(),
      end: () => server.resume(),
      lasts: 2_000,
      told: /did not answer within 100 ms/,
    }))

  it('is slow, and still in time', () =>
    test({
      fault: 'network slower by 40 ms',
      begin: () => proxy.set(delayed(20)),
      end: () => proxy.set(),
      told: /hit/,
    }))

  it('is slower than pages wait', () =>
    test({
      fault: 'network slower by 300 ms',
      begin: () => proxy.set(delayed(150)),
      end: () => proxy.set(),
      told: /did not answer within 100 ms/,
    }))
})
