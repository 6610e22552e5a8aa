import { LeakError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { cacheOf, told } from '../../helpers/templates.ts'

const film = { id: 3, userId: 9 }
const anna = { user: { id: 1, name: 'Anna' }, film, csrfToken: 'token-a' }
const bob = { user: { id: 2, name: 'Bob' }, film, csrfToken: 'token-b' }

describe('a key that does not tell visitors apart', () => {
  test.each([
    'user.id ~ film.id',
    'user.id + film.id',
    'user and "in" or "out"',
    'user.id or film.id',
    'film.userId',
  ])('%s', async (key) => {
    const { html } = cacheOf(`{% cache "a", ${key} %}{{ user.name }}{% endcache %}`)
    await expect(html(anna)).rejects.toThrow(LeakError)
  })

  test.each([
    'user.id ~ "-" ~ film.id',
    '"u" ~ user.id',
    'user.id or "guest"',
    'user and user.id',
    'user.id',
  ])('%s does', async (key) => {
    const { html } = cacheOf(`{% cache "a", ${key} %}{{ user.name }}{% endcache %}`)
    expect([await html(anna), await html(bob)]).toEqual(['Anna', 'Bob'])
  })
})

test('a tag over several lines is not stored either, where a leak is no error', async () => {
  const { html } = cacheOf('{%\n cache\n "a"\n %}{{ user.name }}{% endcache %}', { safety: 'uncached' })
  expect([await html(anna), await html(bob)]).toEqual(['Anna', 'Bob'])
})

test('names around a nocache hole that it is given count as read by the fragment', async () => {
  const page =
    '{% macro form(action, token) %}<{{ action }} {{ token }}>{% endmacro %}{% set action = "/u/" ~ user.id %}' +
    '{% cache "a" %}{{ form(action, csrfToken) }}{% endcache %}'
  const { html } = cacheOf(page, { perRequest: ['csrfToken'] })
  await expect(html(anna)).rejects.toThrow(LeakError)
})

test('entries of a cache that had other names as holes are not read', async () => {
  const store = memoryStore()
  const page = 'T={{ csrfToken }} N={% nocache %}{{ user.name }}{% endnocache %}'
  const site = (perRequest: string[]) =>
    cacheOf(`{% cache "a" %}${page}{% endcache %}`, { store, perRequest, safety: 'off' })
  await site([]).html(anna)
  expect(await site(['csrfToken']).html(bob)).toBe('T=token-b N=Bob')
  expect(await site([]).html(bob)).toBe('T=token-b N=Bob')
})

test('two renders of one page with other data: what may not be shared is not taken over', async () => {
  for (const [template, options] of [
    ['{% cache "a" %}{{ user.name }}{% endcache %}', { safety: 'uncached' }],
    ['{% cache "a", if=false %}{{ user.name }}{% endcache %}', { safety: 'off' }],
  ] as const) {
    const { cache } = cacheOf(template, options)
    const page = cache.open()
    expect((await page.render('page', anna)).body.toString()).toBe('Anna')
    expect((await page.render('page', bob)).body.toString()).toBe('Bob')
  }
})

test('detectLeaks searches the named arguments of a nocache hole, which the entry stores', async () => {
  const { cache, events } = cacheOf(
    '{% cache "a" %}{% nocache n=who() %}{{ n }}{% endnocache %}{% endcache %}',
    {
      safety: { mode: 'off', detectLeaks: () => ['Anna Smith'] },
    },
  )
  await cache.render('page', { who: () => 'Anna Smith' })
  await cache.settled()
  expect(told(events, 'write', 'error')).toEqual(['error LeakError'])
})
