import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Site } from './site-process.ts'

/**
 * The servers that the tests of one suite break. Its members are set before the first test runs.
 */
export interface SiteBehindProxy {
  server: RedisServer
  proxy: FaultProxy
  site: Site
  /** Ends what the proxy does, and makes sure that it did something. */
  endFault(): void
}

/**
 * For a suite: a server, a proxy before it, and for each test a site that knows the proxy only (a
 * site whose store fails again and again asks it more rarely); all are gone after it.
 */
export function siteBehindProxy(
  options: Omit<Parameters<typeof Site.start>[0], 'redis'> = {},
): SiteBehindProxy {
  const all = {
    endFault() {
      const { struck } = all.proxy
      all.proxy.set()
      expect(struck).toBeGreaterThan(0)
    },
  } as SiteBehindProxy
  beforeAll(async () => {
    all.server = await startRedis()
    all.proxy = await startFaultProxy(all.server.port)
  })
  beforeEach(async () => {
    all.site = await Site.start({ redis: { url: `redis://127.0.0.1:${all.proxy.port}` }, ...options })
  })
  // It ends by itself: nothing was left that keeps a process alive.
  afterEach(async () => {
    expect(await all.site.close()).toBe(0)
  })
  afterAll(async () => {
    await all.proxy.close()
    expect(all.proxy.connections).toBe(0)
    await all.server.stop()
  })
  return all
}
