import { memoryStore } from 'onetrip/stores/memory'
import { tieredStore } from 'onetrip/stores/tiered'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { cacheOf, told } from '../../helpers/templates.ts'

/** A page for attacks by a client that can write to Redis and does not know the secret. */
const PAGE = '{% cache "a", tags=["t"], ttl="1h" %}{{ text }}{% endcache %}'
const [OLD, SECRET] = ['the secret of last year', 'the secret of this year']

describeRedis('versions of tags, where there is a secret', () => {
  let server: RedisServer
  const opened: Store[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  beforeEach(() => server.admin.flushall())
  afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))

  const redis = () => {
    const store = patientRedisStore({ url: server.url })
    opened.push(store)
    return store
  }
  const site = (secret: string | string[] = SECRET, store: Store = redis()) =>
    cacheOf(PAGE, { store, secret, entries: { jitter: 0, beta: 0 } })
  const versionKey = async () => {
    const keys = await server.admin.keys('*#1:t')
    return keys[0] as string
  }
  const entryKey = async () => (await server.admin.keys('*')).find((key) => !key.endsWith('#1:t')) as string

  it('cannot be learned from an entry', async () => {
    await site([]).html({ text: 'x' })
    const holds = async () => {
      const version = (await server.admin.getBuffer(await versionKey())) as Buffer
      const entry = (await server.admin.getBuffer(await entryKey())) as Buffer
      expect([version.length, entry.length > 60]).toEqual([17, true])
      return entry.includes(version)
    }
    expect(await holds()).toBe(true)
    await server.admin.flushall()
    await site().html({ text: 'x' })
    expect(await holds()).toBe(false)
  })

  it.each([
    ['redisStore', () => redis()],
    ['tieredStore', () => tieredStore({ first: memoryStore(), second: redis() })],
  ] as const)('one that is put back does not bring the old page: %s', async (_name, open) => {
    const store = open()
    opened.push(store)
    const { cache, html, events } = site(SECRET, store)
    expect(await html({ text: 'old' })).toBe('old')
    const key = await versionKey()
    const before = (await server.admin.getBuffer(key)) as Buffer
    await cache.invalidate('t')
    await server.admin.set(key, before)
    expect(await html({ text: 'new' })).toBe('new')
    expect(told(events, 'error')).toEqual(['error StoreError'])
    expect(events.find(({ type }) => type === 'error')).toMatchObject({
      during: 'fetch',
      keys: [key],
      error: { message: expect.stringContaining('it was put back') },
    })
    // The tag is invalidated again: what is rendered from now on is stored, for all processes.
    const state = async () => (await cache.render('page', { text: 'newer' })).fragments[0]?.state
    await expect.poll(state).toBe('hit')
    expect(await site().html({ text: 'no' })).toBe('newer')
    expect(told(events, 'error')).toEqual(['error StoreError'])
  })

  it('one that is put back is found out by who has read a newer one, for values and cached functions, too', async () => {
    const writer = site()
    const { cache } = site()
    let row = 'old'
    const read = cache.cached('row', { key: () => [1], tags: () => ['t'], ttl: '1h' }, async () => row)
    await cache.values.set('v', 'old', { tags: ['t'], ttl: '1h' })
    expect(await read()).toBe('old')
    await cache.settled()
    const key = await versionKey()
    const before = (await server.admin.getBuffer(key)) as Buffer
    await writer.cache.invalidate('t')
    row = 'new'
    expect(await cache.values.get('v')).toBe(undefined)
    await server.admin.set(key, before)
    expect(await cache.values.get('v')).toBe(undefined)
    expect(await read()).toBe('new')
  })

  it('one that is made up fits no entry', async () => {
    const { html } = site()
    await html({ text: 'old' })
    const key = await versionKey()
    const version = (await server.admin.getBuffer(key)) as Buffer
    for (let at = 0; at < 17; at++) {
      const forged = Buffer.from(version)
      forged[at] = (forged[at] as number) ^ 1
      await server.admin.set(key, forged)
      const { body } = await site().cache.render('page', { text: 'new' })
      expect(body.toString(), `byte ${at}`).toBe('new')
    }
  })

  it('are accepted by the secrets of before, as long as these are listed', async () => {
    expect(await site(OLD).html({ text: 'signed' })).toBe('signed')
    expect(await site([SECRET, OLD]).html({ text: 'no' })).toBe('signed')
    expect(await site(SECRET).html({ text: 'anew' })).toBe('anew')
    expect(await site([SECRET, OLD]).html({ text: 'no' })).toBe('anew')
  })
})
