import { FragmentCache } from 'onetrip'
import { namespacedStore } from 'onetrip/stores/namespaced'
import { nullStore } from 'onetrip/stores/null'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { tieredStore } from '../../src/stores/tiered/index.ts'
import { storeConformance } from '../../src/testing/index.ts'
import { machineTime } from '../../src/testing/store/case.ts'
import { closingCases } from '../../src/testing/store/closing.ts'
import { untilCopied } from '../helpers/copies.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'
import { TestClock, timeOf } from '../helpers/test-clock.ts'

const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : String(found)
const capabilities = { shared: false, conditional: true, ttlPrecision: 1 }

describe('nullStore', () => {
  test.each(closingCases.map(({ title, run }) => [title, run] as const))('%s', async (_title, run) => {
    const store = nullStore()
    await run({
      store,
      open: async () => nullStore(),
      capabilities: { ...capabilities, conditional: false },
      time: machineTime,
      prefix: 'null:',
    })
  })

  test('keeps nothing, and pages are correct', async () => {
    const store = nullStore()
    expect(await store.setMany([{ key: 'a', value: Buffer.from('x'), ttl: 1_000 }])).toEqual([false])
    expect(await store.getMany(['a', 'b'])).toEqual([null, null])
    expect(await store.touchMany([{ key: 'a', ttl: 1 }])).toEqual([false])
    expect(await store.deleteMany(['a'])).toBe(0)
    const engine = engineOf({ page: '{% cache "a", tags=["t"] %}{{ n }}{% endcache %}' })
    const cache = new FragmentCache({ store: nullStore(), engine, ttl: '1m' })
    for (const n of [1, 2]) {
      const { body } = await cache.render('page', { n })
      expect(body.toString()).toBe(String(n))
      await cache.settled()
    }
    await cache.invalidate('t')
    await cache.close()
  })
})

describe('namespacedStore', () => {
  const clock = new TestClock()
  storeConformance({
    name: 'on memoryStore',
    describe,
    it,
    create: () => namespacedStore(memoryStore({}, clock), 'part:'),
    capabilities,
    time: timeOf(clock),
  })

  test('sees only its own part, and leaves the store open', async () => {
    const store = memoryStore()
    const [one, two] = [namespacedStore(store, 'a'), namespacedStore(store, 'ab')]
    const write = (value: string) => [{ key: 'key', value: Buffer.from(value), ttl: 60_000 }]
    await one.setMany(write('one'))
    await two.setMany(write('two'))
    const read = async (from: typeof one) => textOf((await from.getMany(['key']))[0])
    expect([await read(one), await read(two)]).toEqual(['one', 'two'])
    await two.clear('')
    expect((await two.getMany(['key']))[0]).toBe(null)
    expect(await read(one)).toBe('one')
    await one.close()
    await expect(one.getMany(['key'])).rejects.toThrow(/after close/)
    expect((await store.getMany(['akey']))[0]).toBeInstanceOf(Buffer)
    expect(() => namespacedStore(undefined as never, 'a')).toThrow(/store must be a store/)
    expect(() => namespacedStore(store, '')).toThrow(/prefix must be a string/)
  })
})

describeRedis('namespacedStore on Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test('can be the second store of a first tier', async () => {
    const clock = new TestClock()
    const inner = redisStore({ url: server.url }, clock)
    const other = redisStore({ url: server.url }, clock)
    const second = namespacedStore(inner, 'part:')
    const store = tieredStore({ first: memoryStore({}, clock), second }, clock)
    const write = (key: string, value: string) => [{ key, value: Buffer.from(value), ttl: 60_000 }]
    await store.setMany(write('a', '1'))
    await untilCopied(store, 'a')
    const held = () => store.getCopies?.(['a'])
    expect(textOf(held()?.[0]?.bytes)).toBe('1')
    await other.setMany(write('part:a', '2'))
    await expect.poll(held).toBe(undefined)
    await Promise.all([store.close(), other.close()])
    await inner.close()
  })
})
