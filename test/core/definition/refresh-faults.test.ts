import { defineFragment, type FragmentCacheOptions, type FragmentEvent } from 'onetrip'
import { TaskQueue } from 'onetrip/queue'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { type FaultProxy, startFaultProxy } from '../../helpers/fault-proxy.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore, patientTieredStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'

describeRedis('fragments that workers refresh', () => {
  let server: RedisServer
  let proxy: FaultProxy
  let number = 0
  const open: { close(): Promise<unknown> }[] = []
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
  })
  beforeEach(() => server.admin.flushall())
  afterEach(async () => {
    proxy.set()
    for (const one of open.splice(0).reverse()) await one.close()
  })
  afterAll(async () => {
    await proxy.close()
    await server.stop()
  })

  /** A site and its worker, in one process. The fragment is stale at once, for a minute. */
  function siteOf(load: () => object | Promise<object>, options: Partial<FragmentCacheOptions> = {}) {
    const queue = new TaskQueue(`faults-${++number}`, { redis: server.url })
    const film = defineFragment('film', {
      template: 'film.njk',
      params: ['id'],
      load,
      ttl: '1ms',
      stale: '1m',
      refresh: 'queue',
    })
    const cache = new FragmentCache({
      ...PATIENT,
      store: patientRedisStore({ url: `redis://127.0.0.1:${proxy.port}` }),
      engine: engineOf({ 'film.njk': '{{ name }}' }),
      entries: { jitter: 0, beta: 0 },
      fragments: { define: [film], queue },
      ...options,
    })
    const events: FragmentEvent[] = []
    cache.on((event) => events.push(event))
    open.push(cache, queue, queue.worker())
    const show = async () => {
      const { body, fragments } = await cache.renderFragment(film, { id: 1 })
      await cache.settled()
      return `${String(body).trim()} ${fragments[0]?.state}`
    }
    return { queue, events, show }
  }

  test('whose load() always throws are shown stale, and the queue stays empty', async () => {
    let loads = 0
    const { show, queue, events } = siteOf(() => {
      if (++loads > 1) throw new Error('the database is down')
      return { name: 'Alien' }
    })
    expect(await show()).toContain('miss')
    await expect
      .poll(async () => {
        expect(await show()).toContain('stale')
        return loads
      })
      .toBeGreaterThan(2)
    await expect.poll(async () => (await queue.info()).waiting.total).toBe(0)
    expect(await queue.dead.list()).toEqual([])
    const errors = events.flatMap((event) => (event.type === 'error' ? [event.error.message] : []))
    expect(errors.length).toBeGreaterThan(1)
    expect(errors[0]).toContain('could not be refreshed')
  })

  test('keep their entry where Redis is lost while the worker renders, and are refreshed later', async () => {
    let loads = 0
    const { show, events } = siteOf(() => {
      // Between the worker's lookup and its write.
      if (++loads === 2)
        proxy.set({ answer: (command) => (command === 'evalsha' ? '-LOADING no\r\n' : undefined) })
      return { name: `Alien ${loads}` }
    })
    expect(await show()).toContain('Alien 1')
    await expect
      .poll(async () => {
        expect(await show()).toContain('Alien 1')
        return events.some((event) => event.type === 'error')
      })
      .toBe(true)
    proxy.set()
    await expect.poll(show).toMatch(/Alien [3-9]/)
  })

  test('are read again by a first tier once the worker has replaced them', async () => {
    let loads = 0
    const store = patientTieredStore({ url: server.url })
    const { show } = siteOf(() => ({ name: `Alien ${++loads}` }), { store })
    expect(await show()).toContain('Alien 1')
    await expect.poll(show).toMatch(/Alien [2-9]/)
  })

  test('of two releases that are live at once each render their own, and end no worker of the other', async () => {
    const [old, next] = ['old', 'new'].map((release) => {
      return siteOf(() => ({ name: release }), { release })
    })
    for (let n = 0; n < 3; n++) {
      expect(await old?.show()).toContain('old')
      expect(await next?.show()).toContain('new')
    }
  })
})
