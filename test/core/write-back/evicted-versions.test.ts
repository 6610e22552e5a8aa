import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { afterAll, describe, expect, it, test } from 'vitest'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

/**
 * A store that is full makes room. What tells pages under way that something was deleted or
 * invalidated is small, and was read seldom: it would go early.
 */
const PAGE = '{% cache "row", id, tags=["row:" ~ id] %}{{ text }}{% endcache %}'
const MIB = 1024 * 1024

/** Writes three times what the store may hold. */
async function flood(store: Store): Promise<void> {
  const value = Buffer.alloc(8 * 1024)
  for (let n = 0; n < 384; n += 16) {
    await store.setMany(
      Array.from({ length: 16 }, (_, i) => ({ key: `other:${n + i}`, value, ttl: 3_600_000 })),
    )
  }
}

function tests(create: () => Store): void {
  const seen = ['absent', 'an entry', 'a tombstone'] as const
  it.each(seen.flatMap((what) => [[what, 'delete'] as const, [what, 'invalidate'] as const]))(
    'a page that has met %s, and began before %s, is not stored',
    async (what, way) => {
      const store = create()
      const { cache, html } = cacheOf(PAGE, { store, singleFlight: 'off' })
      if (what !== 'absent') await html({ id: 1, text: 'older' })
      if (what === 'a tombstone') await cache.delete('row', 1)
      if (what === 'an entry') await cache.invalidate('row:1')
      const [before, meanwhile] = [cache.open(), cache.open()]
      const page = { id: 1, text: 'old' }
      // One has fetched before, the other fetches after.
      await before.render('page', page)
      if (way === 'delete') await cache.delete('row', 1)
      else await cache.invalidate('row:1')
      await flood(store)
      await meanwhile.render('page', page)
      await before.writeBack()
      await meanwhile.writeBack()
      expect(await html({ id: 1, text: 'new' })).toBe('new')
      await cache.close()
    },
  )
}

describe('memoryStore', () => {
  tests(() => memoryStore({ maxBytes: MIB }))

  test('the fragments of a page that began after it are stored', async () => {
    const clock = new TestClock()
    const store = memoryStore({ maxBytes: MIB }, clock)
    const { cache, html, events } = clockedCacheOf(PAGE, { store }, clock)
    await cache.delete('row', 1)
    await cache.invalidate('row:1', 'row:2')
    await flood(store)
    clock.advance(5)
    expect(await html({ id: 1, text: 'a' })).toBe('a')
    expect(await html({ id: 2, text: 'b' })).toBe('b')
    expect(await html({ id: 1, text: 'not asked for' })).toBe('a')
    expect(await html({ id: 2, text: 'not asked for' })).toBe('b')
    expect(told(events, 'skip')).toEqual([])
    await cache.close()
  })
})

describe('stores in a file, whose versions and tombstones stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-evicted-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let files = 0
  describe('lmdbStore', () =>
    tests(() => lmdbStore({ path: join(folder, `${files++}.lmdb`), maxBytes: MIB })))
  describe('sqliteStore', () =>
    tests(() => sqliteStore({ path: join(folder, `${files++}.db`), maxBytes: MIB })))
})
