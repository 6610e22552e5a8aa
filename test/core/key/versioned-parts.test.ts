import { KeyPartError, OptionError } from 'onetrip'
import { describe, expect, test } from 'vitest'
import { cacheOf, told } from '../../helpers/templates.ts'

const CARD = '{% cache "card", film %}{{ film.title }}{% endcache %}'
const film = (cacheVersion: unknown, title: string) => ({ cacheKey: 7, cacheVersion, title })

describe('a part that brings a version', () => {
  test('keys by the one, and is valid for the other: a new version takes the place of the old one', async () => {
    const { html, events, cache } = cacheOf(CARD)
    expect(await html({ film: film(1, 'old') })).toBe('old')
    expect(await html({ film: film(1, 'not looked at') })).toBe('old')
    expect(await html({ film: film(2, 'new') })).toBe('new')
    expect(await html({ film: film(2, 'not looked at') })).toBe('new')
    expect(told(events, 'hit', 'miss')).toEqual([
      'miss card: absent',
      'hit card',
      'miss card: version changed',
      'hit card',
    ])
    const keys = new Set(events.flatMap((event) => (event.type === 'write' ? [event.key] : [])))
    expect(keys.size).toBe(1)
    await cache.close()
  })

  test('delete() reaches it by the object, and by its key', async () => {
    const { html, events, cache } = cacheOf(CARD)
    for (const part of [film(9, 'any'), 7]) {
      await html({ film: film(1, 'x') })
      await cache.delete('card', part)
    }
    await html({ film: film(1, 'x') })
    expect(told(events, 'hit')).toEqual([])
  })

  test('Dates and strings are versions, and an instance of a class may have one', async () => {
    class Row {
      id = 'a'
      updatedAt = new Date(0)
      title = 'x'
    }
    const { html, events } = cacheOf(CARD, { keys: { versionedParts: [['id', 'updatedAt']] } })
    const row = new Row()
    await html({ film: row })
    await html({ film: new Row() })
    row.updatedAt = new Date(1)
    await html({ film: row })
    expect(told(events, 'hit', 'miss')).toEqual([
      'miss card: absent',
      'hit card',
      'miss card: version changed',
    ])
  })

  test('one object in two versions on one page: each shows its own', async () => {
    const { html } = cacheOf(`{% for film in films %}${CARD}{% endfor %}`)
    expect(await html({ films: [film(1, 'one '), film(2, 'two ')] })).toBe('one two ')
    expect(await html({ films: [film(2, 'two '), film(1, 'one ')] })).toBe('two one ')
  })

  test('without a version it is a part like any other', async () => {
    const { html, events } = cacheOf(CARD)
    await html({ film: { cacheKey: 7, title: 'a' } })
    await html({ film: { cacheKey: 7, title: 'b' } })
    expect(told(events, 'hit')).toEqual([])
  })

  test('a version with no stable form is refused', async () => {
    const { html } = cacheOf(CARD)
    await expect(html({ film: film(() => 1, 'x') })).rejects.toThrow(KeyPartError)
  })
})

test("a visitor's part that is an empty string names no visitor: rendered, not shared, and said so", async () => {
  const { html, events } = cacheOf(
    '{% cache "menu", user.id %}{{ text }}{% endcache %}{% cache "list", query %}:{{ query }}{% endcache %}',
  )
  expect(await html({ user: { id: '' }, query: '', text: 'a' })).toBe('a:')
  expect(await html({ user: { id: '' }, query: '', text: 'b' })).toBe('b:')
  expect(told(events, 'skip')[0]).toBe(
    'skip menu: part 1 of its key is an empty string, which names no visitor',
  )
  expect(told(events, 'hit')).toEqual(['hit list'])
})

test.each([['id'], [[['id']]], [{ id: 'updatedAt' }]])('versionedParts: %j is refused', (value) => {
  expect(() => cacheOf('', { keys: { versionedParts: value as never } })).toThrow(OptionError)
})
