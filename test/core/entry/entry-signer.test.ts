import { createHmac } from 'node:crypto'
import { FragmentCache, OptionError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { cacheOf, engineOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const PAGE = '{% cache "a" %}{{ text }}{% endcache %}'
const OLD = 'the secret of last year'
const NEW = 'the secret of this year'

describe('signed entries', () => {
  test('are hits for processes with the secret, and misses for all others', async () => {
    const store = memoryStore()
    const reads = async (secret: string | string[] | undefined, text: string) => {
      const { html } = cacheOf(PAGE, { store, secret })
      return html({ text })
    }
    expect(await reads(OLD, 'signed')).toBe('signed')
    expect(await reads(OLD, 'other')).toBe('signed')
    expect(await reads([NEW, OLD], 'other')).toBe('signed') // rotation: the old one is still read
    expect(await reads(NEW, 'by the new one')).toBe('by the new one')
    expect(await reads([NEW, OLD], 'other')).toBe('by the new one')
    expect(await reads(undefined, 'unsigned')).toBe('unsigned')
    expect(await reads(NEW, 'again')).toBe('again') // an unsigned entry is none
  })

  test('a change of any byte, in its body too, makes it a miss', async () => {
    const store = memoryStore()
    const site = cacheOf(PAGE, { store, secret: NEW })
    await site.html({ text: 'right' })
    const [key = ''] = site.events.flatMap((event) => (event.type === 'write' ? [event.key] : []))
    const [stored] = await store.getMany([key])
    const value = stored as Buffer
    // The head is the store's own: see below.
    for (let at = 17; at < value.length; at++) {
      const forged = Buffer.from(value.subarray(17))
      forged[at - 17] = (forged[at - 17] as number) ^ 1
      await store.setMany([{ key, value: forged, ttl: 60_000 }])
      const { html, events } = cacheOf(PAGE, { store, secret: NEW })
      expect(await html({ text: 'rendered' }), `byte ${at}`).toBe('rendered')
      expect(told(events, 'miss')).toEqual(['miss a: damaged'])
    }
  })

  test("another key's entry is none, however well it is signed", async () => {
    const store = memoryStore()
    const site = cacheOf('{% cache "a", n %}{{ n }}{% endcache %}', { store, secret: NEW })
    await site.html({ n: 1 })
    await site.html({ n: 2 })
    const keys = site.events.flatMap((event) => (event.type === 'write' ? [event.key] : []))
    const [one] = await store.getMany(keys)
    await store.setMany([{ key: keys[1] as string, value: (one as Buffer).subarray(17), ttl: 60_000 }])
    expect(await site.html({ n: 2 })).toBe('2')
  })

  test('a tombstone is one all the same', async () => {
    const { html, cache, events } = cacheOf(PAGE, { secret: NEW })
    await html({ text: 'x' })
    await cache.delete('a')
    await html({ text: 'y' })
    expect(told(events, 'miss')).toEqual(['miss a: absent', 'miss a: invalidated'])
  })

  test('do not expire later if their header is changed', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    const forged = tampered(store, (value) => {
      if (value.length > 17) value.writeBigUInt64BE(BigInt((clock.wall() + 1_000) * 1_000), 0)
    })
    const engine = engineOf({ page: PAGE })
    const cache = new FragmentCache(
      { store: forged, engine, ttl: '1m', entries: { jitter: 0, beta: 0 }, secret: NEW },
      clock,
    )
    const show = async (text: string) => {
      const { body } = await cache.render('page', { text })
      await cache.settled()
      return body.toString()
    }
    expect(await show('first')).toBe('first')
    clock.advance(59_000)
    expect(await show('second')).toBe('first')
    clock.advance(2_000)
    expect(await show('third')).toBe('third')
    await cache.values.set('v', 1, { ttl: '1m' })
    clock.advance(61_000)
    expect(await cache.values.get('v')).toBe(undefined)
  })

  test('as they were signed before are misses, and no error', async () => {
    const store = memoryStore()
    const plain = cacheOf(PAGE, { store })
    await plain.html({ text: 'unsigned' })
    const [key = ''] = plain.events.flatMap((event) => (event.type === 'write' ? [event.key] : []))
    const [stored] = await store.getMany([key])
    const entry = (stored as Buffer).subarray(17)
    const signature = createHmac('sha256', NEW).update(`${key.length}:${key}`).update(entry).digest()
    await store.setMany([{ key, value: Buffer.concat([entry, signature]), ttl: 60_000 }])
    const { html, events } = cacheOf(PAGE, { store, secret: NEW })
    expect(await html({ text: 'anew' })).toBe('anew')
    expect(await html({ text: 'not asked' })).toBe('anew')
    expect(told(events)).toEqual(['miss a: damaged', 'write a', 'hit a'])
  })

  test.each([['short'], [['x'.repeat(16), 'short']], [16]])(
    'the secret %j is refused, and not repeated',
    (secret) => {
      const open = () => cacheOf('', { secret: secret as never })
      expect(open).toThrow(OptionError)
      expect(open).toThrow(
        /^The option secret must be a string of at least 16 characters, or an array of such strings\.$/,
      )
    },
  )
})

/** A store to whose values somebody has done something. */
function tampered(store: Store, change: (value: Buffer) => void): Store {
  return {
    capabilities: store.capabilities,
    getMany: async (keys) =>
      (await store.getMany(keys)).map((found) => {
        if (!Buffer.isBuffer(found)) return found
        const value = Buffer.from(found)
        change(value)
        return value
      }),
    setMany: (entries) => store.setMany(entries.map(({ ifStamp: _only, ...entry }) => entry)),
    stampMany: (stamps) => store.stampMany(stamps),
    touchMany: (items) => store.touchMany(items),
    deleteMany: (keys) => store.deleteMany(keys),
    clock: () => store.clock(),
    clear: (prefix) => store.clear(prefix),
    close: () => store.close(),
  }
}
