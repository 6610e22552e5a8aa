import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Site } from './site-process.ts'
import { tryFault } from './trial.ts'
import { garbled, repeatable, tooShort, truncated, twice } from './wire-faults.ts'

/** Replies that are not what the server sent. The site signs its entries: without that a body is taken as it comes. */
describeRedis('a site whose replies come with', () => {
  let server: RedisServer
  let proxy: FaultProxy
  let site: Site
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
    site = await Site.start({
      redis: { url: `redis://127.0.0.1:${proxy.port}` },
      secret: 'sixteen characters or more',
      // Each page asks: with a breaker few of these replies would be read.
      breaker: false,
    })
  })
  afterAll(async () => {
    const code = await site.close()
    await proxy.close()
    await server.stop()
    expect(code).toBe(0)
  })
  const end = () => {
    const { struck } = proxy
    proxy.set()
    expect(struck).toBeGreaterThan(0)
  }

  it.each([1, 2])('a wrong bit (%i)', (seed) =>
    tryFault({
      fault: `a wrong bit in each reply (${seed})`,
      site,
      admin: server.admin,
      begin: () => proxy.set(garbled(repeatable(seed))),
      end,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }),
  )

  it.each([1, 100, 2_000])('%i bytes missing', (count) =>
    tryFault({
      fault: `${count} bytes missing in each reply`,
      site,
      admin: server.admin,
      begin: () => proxy.set(truncated(repeatable(count), count)),
      end,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }),
  )

  // All later answers go to the wrong command, for as long as there are such.
  it('an answer twice', () =>
    tryFault({
      fault: 'each reply comes twice',
      site,
      admin: server.admin,
      begin: () => proxy.set(twice),
      end,
      told: /damaged|ERR_ONETRIP_STORE/,
      within: 12_000,
    }))

  it('a value less than was asked for', () =>
    tryFault({
      fault: 'a reply shorter than the request',
      site,
      admin: server.admin,
      begin: () => proxy.set(tooShort),
      end,
      told: /answered \d+ values for \d+ keys/,
    }))
})
