import { FragmentCache } from 'onetrip'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { onEveryStore } from '../../helpers/every-store.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'

/**
 * The outer fragment has the tags of the inner ones, which its place in the template does not name.
 */
const NESTED =
  '{% cache "out" %}{% for x in xs %}{% cache "in", x, tags="tag:" ~ x %}{{ x }}{% endcache %}{% endfor %}{% endcache %}'
const DATA = { xs: [1, 2, 3] }

function processOn(store: Store): FragmentCache {
  return new FragmentCache({
    store,
    engine: engineOf({ page: NESTED }),
    ttl: '5m',
    ...PATIENT,
  })
}

async function tripsOf(cache: FragmentCache): Promise<number> {
  const { body, trips } = await cache.render('page', DATA)
  await cache.settled()
  expect(`${body}`).toBe('123')
  return trips
}

onEveryStore((create) => {
  it('a process that did not render the fragment reads its inner tags in the first trip from the second page on', async () => {
    const store = create()
    const first = processOn(store)
    await tripsOf(first)
    const second = processOn(store)
    expect(await tripsOf(second)).toBeLessThanOrEqual(2)
    expect(await tripsOf(second)).toBeLessThanOrEqual(1)
    await second.invalidate('tag:2')
    const { fragments } = await second.render('page', DATA)
    expect(fragments[0]?.state).toBe('miss')
    await Promise.all([first.close(), second.close()])
  })
})

describeRedis('tags from inside, counted by Redis', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(() => server.restart())
  afterAll(() => server.stop())

  it('each of several processes that start at once sends one MGET for its second page', async () => {
    const writer = processOn(patientRedisStore({ url: server.url }))
    await tripsOf(writer)
    const started = Array.from({ length: 4 }, () => processOn(patientRedisStore({ url: server.url })))
    await Promise.all(started.map(tripsOf))
    await server.resetStats()
    await Promise.all(started.map(tripsOf))
    expect((await server.commandStats()).mget).toBe(started.length)
    await Promise.all([writer, ...started].map((cache) => cache.close()))
  })
})
