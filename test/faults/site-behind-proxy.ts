import { afterAll, beforeAll, expect } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Site } from './site-process.ts'

/** What the tests of one suite break; there once they run. */
export interface SiteBehindProxy {
  server: RedisServer
  proxy: FaultProxy
  site: Site
  /** Ends what the proxy does, and makes sure that it did something. */
  endFault(): void
}

/** For a suite: a server, a proxy before it, and a site that knows the proxy only; all are gone after it. */
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
    all.site = await Site.start({ redis: { url: `redis://127.0.0.1:${all.proxy.port}` }, ...options })
  })
  afterAll(async () => {
    const code = await all.site.close()
    await all.proxy.close()
    expect(all.proxy.connections).toBe(0)
    await all.server.stop()
    // It ended by itself: nothing was left that keeps a process alive.
    expect(code).toBe(0)
  })
  return all
}
