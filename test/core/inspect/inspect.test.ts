import { defineFragment, type FragmentCacheOptions, OptionError, type Store, StoreError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { clockedCacheOf, engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

const CARD =
  '{% cache "card", film.id, ttl="1m", tags=["films", "film:" ~ film.id] %}<b>{{ film.title }}</b>{% endcache %}'
const FILM = { id: 7, title: 'Alien' }

function site(options: Partial<FragmentCacheOptions> = {}) {
  return clockedCacheOf(CARD, { entries: { jitter: 0, beta: 0 }, limits: { maxRender: '5m' }, ...options })
}

/** The same store with other members. */
function withMembers(store: Store, members: object): Store {
  const get = (_: Store, name: string) => {
    if (name in members) return members[name as never]
    const member: unknown = store[name as keyof Store]
    return typeof member === 'function' ? member.bind(store) : member
  }
  return new Proxy(store, { get: get as never })
}

describe('cache.inspect()', () => {
  test('says that nothing is stored', async () => {
    const { cache } = site()
    const found = await cache.inspect('card', 7)
    expect(found).toMatchObject({ name: 'card', found: false, valid: false, state: 'miss', reason: 'absent' })
    expect(found.explanation).toMatch(/^Nothing is stored under its key/)
    expect(found).not.toHaveProperty('html')
    expect(found.tags).toEqual([])
  })

  test('returns the entry with its times, tags, size and HTML', async () => {
    const { cache, html, clock } = site({ staleWhileRevalidate: '10s' })
    await html({ film: FILM })
    clock.advance(12_000)
    const found = await cache.inspect('card', 7)
    expect(found).toMatchObject({ found: true, valid: true, state: 'hit', template: 'page' })
    expect(found).toMatchObject({ html: '<b>Alien</b>', size: 12, ttl: 60_000 })
    // The store's time is estimated: never later than it is.
    const { age = 0, freshFor = 0, staleFor = 0 } = found
    expect(Math.round(age / 100)).toBe(120)
    expect(Math.round(freshFor / 100)).toBe(480)
    expect(Math.round(staleFor / 100)).toBe(580)
    expect(found.cost).toBeGreaterThanOrEqual(0)
    expect(found.explanation).toBe('It is 12 s old, and fresh for another 48 s.')
    expect(found.tags.map(({ name, valid }) => [name, valid])).toEqual([
      ['films', true],
      ['film:7', true],
    ])
    for (const { version, current } of found.tags) expect(version).toBe(current)
  })

  test('names the tag that was invalidated, and when', async () => {
    const { cache, html, clock } = site()
    await html({ film: FILM })
    clock.advance(1_000)
    await cache.invalidate('film:7')
    clock.advance(4_000)
    const found = await cache.inspect('card', 7)
    expect(found).toMatchObject({ found: true, valid: false, reason: 'invalidated', html: '<b>Alien</b>' })
    expect(found.explanation).toMatch(/^Its tag "film:7" was invalidated 4 s ago, at \d{4}-.*Z\.$/)
    expect(found.tags.map(({ name, valid }) => [name, valid])).toEqual([
      ['films', true],
      ['film:7', false],
    ])
  })

  test.each([
    [
      'expired',
      { reason: 'expired', valid: false },
      /^It expired 2 s ago, 1 min after it was written\.$/,
      {},
    ],
    [
      'stale',
      { state: 'stale', valid: true },
      /expired 2 s ago: it is shown/,
      { staleWhileRevalidate: '1m' },
    ],
  ] as const)('tells an entry that is %s', async (_, expected, words, options) => {
    const { cache, html, clock } = site(options)
    await html({ film: FILM })
    clock.advance(62_000)
    const found = await cache.inspect('card', 7)
    expect(found).toMatchObject({ found: true, ...expected })
    expect(found.explanation).toMatch(words)
  })

  test('tells what was deleted, and what was edited', async () => {
    const { cache, html, templates, clock } = site()
    await html({ film: FILM })
    await cache.delete('card', 7)
    clock.advance(3_000)
    const deleted = await cache.inspect('card', 7)
    expect(deleted).toMatchObject({ found: false, reason: 'invalidated' })
    expect(deleted.explanation).toBe('It was deleted 3 s ago.')
    await html({ film: FILM })
    templates.page = CARD.replace('<b>', '<i>')
    const edited = await cache.inspect('card', 7)
    expect(edited).toMatchObject({ found: true, reason: 'template changed' })
    expect(edited.explanation).toBe('The template page was edited since it was written.')
  })

  test('compares versions of parts, where it is given them', async () => {
    const { cache, html } = clockedCacheOf('{% cache "note", note %}{{ note.text }}{% endcache %}')
    await html({ note: { cacheKey: 1, cacheVersion: 1, text: 'a' } })
    expect(await cache.inspect('note', { cacheKey: 1, cacheVersion: 1 })).toMatchObject({ valid: true })
    expect(await cache.inspect('note', { cacheKey: 1, cacheVersion: 2 })).toMatchObject({
      reason: 'version changed',
    })
    expect(await cache.inspect('note', 1)).toMatchObject({ valid: true, html: 'a' })
  })

  test('finds one variant', async () => {
    const { cache } = clockedCacheOf('{% cache "hello", vary=["locale"] %}{{ hello }}{% endcache %}', {
      vary: { locale: (request) => (request as { locale: string }).locale },
    })
    await cache.render('page', { hello: 'Hallo' }, { request: { locale: 'de' } })
    await cache.settled()
    expect(await cache.inspect({ name: 'hello', vary: { locale: 'de' } })).toMatchObject({ html: 'Hallo' })
    expect(await cache.inspect({ name: 'hello', vary: { locale: 'fr' } })).toMatchObject({ found: false })
    await expect(cache.inspect({ name: 'hello', vary: { country: 'de' } })).rejects.toThrow(
      /inspect\(\{ vary \}\) names/,
    )
  })

  test('finds a defined fragment by its parameters', async () => {
    const sidebar = defineFragment('sidebar', {
      template: 'sidebar',
      tags: ({ id }: { id: number }) => [`film:${id}`],
    })
    const engine = engineOf({ sidebar: 'Film {{ id }}' })
    const { cache } = clockedCacheOf('', { engine, fragments: [sidebar] as never })
    await cache.renderFragment(sidebar, { id: 42 })
    await cache.settled()
    const found = await cache.inspect(sidebar, { id: 42 })
    expect(found).toMatchObject({ found: true, valid: true, html: 'Film 42', template: 'sidebar' })
    expect(await cache.inspect('sidebar', { id: 42 })).toEqual(found)
    expect(await cache.inspect('sidebar', { id: 1 })).toMatchObject({ found: false })
    await expect(cache.inspect('sidebar', 42)).rejects.toThrow(/pass its parameters/)
    await expect(cache.inspect(sidebar as never, {} as never, {})).rejects.toThrow(OptionError)
  })

  test('counts nowhere as a hit: no event, no refresh, nothing written', async () => {
    const { cache, html, events } = site()
    await html({ film: FILM })
    const before = events.length
    for (let n = 0; n < 3; n++) await cache.inspect('card', 7)
    await cache.inspect('card', 8)
    expect(events.slice(before)).toEqual([])
  })

  test('takes one trip, and two where it has not met the tags', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    const { html } = clockedCacheOf(CARD, { store }, clock)
    await html({ film: FILM })
    let trips = 0
    const counted = withMembers(store, {
      getCopies: undefined,
      getMany: (keys: string[]) => {
        trips++
        return store.getMany(keys)
      },
    })
    const { cache: other } = clockedCacheOf(CARD, { store: counted }, clock)
    const tripsOf = async (parts: unknown[]) => {
      const before = trips
      await other.inspect('card', ...parts)
      return trips - before
    }
    expect(await tripsOf([8])).toBe(1)
    expect(await tripsOf([7])).toBe(2)
    expect(await tripsOf([7])).toBe(1)
  })

  test('a signed entry has the versions of its tags, too', async () => {
    const { cache, html } = site({ secret: 'a secret of enough characters' })
    await html({ film: FILM })
    const [tag] = (await cache.inspect('card', 7)).tags
    expect(tag).toMatchObject({ name: 'films', valid: true })
    expect(tag?.version).toBe(tag?.current)
    await cache.invalidate('films')
    expect(await cache.inspect('card', 7)).toMatchObject({ reason: 'invalidated' })
  })

  test('refuses wrong arguments, and rejects where the store cannot be read', async () => {
    const { cache } = site()
    await expect(cache.inspect('')).rejects.toThrow(/arguments of inspect\(\)/)
    await expect(cache.inspect({ name: 'card', id: 1 } as never)).rejects.toThrow(OptionError)
    await expect(cache.inspect({ name: 'card', parts: 7 } as never)).rejects.toThrow(/parts of inspect/)
    const store = memoryStore()
    const getMany = () => Promise.reject(new Error('down'))
    const broken = withMembers(store, { getCopies: undefined, getMany })
    const { cache: without } = site({ store: broken })
    await expect(without.inspect('card', 7)).rejects.toThrow(StoreError)
    await cache.close()
    await expect(cache.inspect('card', 7)).rejects.toThrow(/after close/)
  })
})
