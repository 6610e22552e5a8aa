import fc from 'fast-check'
import { FragmentCache, lazy } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, beforeAll, expect, it, test } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { engineOf } from '../../helpers/templates.ts'

/**
 * Races, without sleeps: every question to the store, and every answer, waits until a random
 * schedule lets it go. Pages of two processes render one row of a database while it is changed and
 * invalidated, deleted, or both.
 *
 * What must hold: no page that begins after `invalidate` or `delete` resolved shows the row as it
 * was before.
 */
const TEMPLATE =
  '{% cache "outer", ttl="1h" %}{{ loaded }}{% cache "row", 1, ttl="1h", tags=["row"] %}{{ loaded }}{{ awaited }}{% endcache %}{% endcache %}'
const FLAT = '{% cache "flat", 1, ttl="1h", tags=["row"] %}{{ awaited }}{{ loaded }}{% endcache %}'

/** A store whose calls go out, and come back, when the schedule says. */
function scheduled(store: Store, schedule: fc.Scheduler): Store {
  const through = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    await schedule.schedule(Promise.resolve(), `${name} asks`)
    const answer = await call()
    await schedule.schedule(Promise.resolve(), `${name} is answered`)
    return answer
  }
  return {
    capabilities: store.capabilities,
    getMany: (keys) => through('get', () => store.getMany(keys)),
    stampMany: (stamps) => through('stamp', () => store.stampMany(stamps)),
    setMany: (entries) => through('set', () => store.setMany(entries)),
    touchMany: (items) => store.touchMany(items),
    deleteMany: (keys) => store.deleteMany(keys),
    clock: () => store.clock(),
    clear: (prefix) => store.clear(prefix),
    close: async () => {},
  }
}

type Step = 'invalidate' | 'delete' | 'both'

/** @returns the pages that showed what was old when they began */
async function play(
  stores: readonly [Store, Store],
  schedule: fc.Scheduler,
  change: Step,
  template: string,
  prefix: string,
): Promise<string[]> {
  const engine = engineOf({ page: template })
  const caches = stores.map(
    (store) => new FragmentCache({ store: scheduled(store, schedule), engine, prefix, ...PATIENT }),
  ) as [FragmentCache, FragmentCache]
  let row = 0
  let floor = 0
  const old: string[] = []

  const page = async (cache: FragmentCache, name: string) => {
    const least = floor
    const one = cache.open()
    const awaited = row
    await schedule.schedule(Promise.resolve(), `${name} has awaited its row`)
    const loaded = lazy(async () => {
      const value = row
      await schedule.schedule(Promise.resolve(), `${name} has loaded`)
      return value
    })
    const { body } = await one.render('page', { awaited, loaded })
    if ([...body.toString()].some((shown) => Number(shown) < least)) old.push(`${name}: ${body}`)
    await schedule.schedule(Promise.resolve(), `${name} is sent`)
    await one.writeBack()
  }
  const writer = async () => {
    await schedule.schedule(Promise.resolve(), 'the row changes')
    row = 1
    // With an outer fragment around it only the tag reaches everything.
    if (change !== 'invalidate') await caches[0].delete('flat', 1)
    if (change !== 'delete') await caches[0].invalidate('row')
    floor = 1
    await page(caches[1], 'after')
  }
  const all = Promise.all([
    page(caches[0], 'first'),
    page(caches[1], 'second'),
    page(caches[0], 'third'),
    writer(),
  ])
  await schedule.waitFor(all)
  await schedule.waitFor(page(caches[0], 'last'))
  await schedule.waitFor(page(caches[1], 'the very last'))
  return old
}

const cases = fc.oneof(
  fc.record({
    change: fc.constantFrom<Step>('invalidate', 'both'),
    template: fc.constantFrom(TEMPLATE, FLAT),
  }),
  fc.record({ change: fc.constant<Step>('delete'), template: fc.constant(FLAT) }),
)

test('2,000 schedules over one store in memory', async () => {
  const store = memoryStore()
  let n = 0
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), cases, async (schedule, { change, template }) => {
      expect(await play([store, store], schedule, change, template, `race${n++}`)).toEqual([])
    }),
    { numRuns: 2000 },
  )
})

test('a store that does not look before it writes is found out', async () => {
  const careless = (): Store => {
    const store = memoryStore()
    return Object.assign(Object.create(store) as Store, {
      capabilities: store.capabilities,
      getMany: (keys: readonly string[]) => store.getMany(keys),
      stampMany: (stamps: Parameters<Store['stampMany']>[0]) => store.stampMany(stamps),
      setMany: (entries: Parameters<Store['setMany']>[0]) =>
        store.setMany(entries.map(({ ifStamp: _only, notAfter: _until, ...entry }) => entry)),
      touchMany: (items: Parameters<Store['touchMany']>[0]) => store.touchMany(items),
      clock: () => store.clock(),
    })
  }
  const store = careless()
  let n = 0
  const found = fc.assert(
    fc.asyncProperty(fc.scheduler(), async (schedule) => {
      expect(await play([store, store], schedule, 'delete', FLAT, `careless${n++}`)).toEqual([])
    }),
    { numRuns: 2000, endOnFailure: true },
  )
  await expect(found).rejects.toThrow()
})

describeRedis('races on Redis', () => {
  let server: RedisServer
  let stores: [Store, Store]
  beforeAll(async () => {
    server = await startRedis()
    stores = [patientRedisStore({ url: server.url }), patientRedisStore({ url: server.url })]
  })
  afterAll(async () => {
    for (const store of stores) await store.close()
    await server.stop()
  })

  it('300 schedules, two connections', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), cases, async (schedule, { change, template }) => {
        expect(await play(stores, schedule, change, template, `race${n++}`)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
