import { lazy, UnsettledError } from 'onetrip'
import { describe, expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'
import { turns } from '../../helpers/turns.ts'
import { watchedStore } from '../../http/watched-store.ts'

const TREE =
  '{% for a in as %}{% cache "outer", a %}<{{ a }}{% for b in bs %}{% cache "inner", a, b %}({{ b }}{% cache "leaf", b %}.{{ b }}{% endcache %}){% endcache %}{% endfor %}>{% endcache %}{% endfor %}'
const DATA = { as: [1, 2], bs: ['x', 'y'] }
const PAGE = '<1(x.x)(y.y)><2(x.x)(y.y)>'

test('one trip for each level, whatever the number of fragments; an outer hit asks for nothing inside it', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(TREE, { store })
  const cold = await cache.render('page', DATA)
  expect([cold.body.toString(), cold.trips]).toEqual([PAGE, 3])
  await cache.settled()
  expect(store.calls).toEqual(['getMany 2', 'getMany 4', 'getMany 2', 'setMany 8'])
  expect(cold.fragments.map(({ name }) => name).join()).toBe('outer,inner,leaf,inner,leaf,outer,inner,inner')
  store.calls.length = 0
  const warm = await cache.render('page', DATA)
  expect([warm.body.toString(), warm.trips, warm.fragments.length]).toEqual([PAGE, 1, 2])
  expect(store.calls).toEqual(['getMany 2'])
})

test('an outer miss uses the inner entries that are there', async () => {
  const { cache, html, events, clock } = clockedCacheOf(TREE)
  await html(DATA)
  await cache.delete('outer', 1)
  clock.advance(5)
  events.length = 0
  expect(await html(DATA)).toBe(PAGE)
  expect(told(events)).toEqual([
    'miss outer: invalidated',
    'hit inner',
    'hit inner',
    'hit outer',
    'write outer',
  ])
})

test('an outer fragment expires no later than the fragments inside it, hit or miss', async () => {
  const { cache, html, clock } = clockedCacheOf(
    '{% cache "outer", ttl="1h" %}{{ n }}{% cache "inner", ttl="80s" %}{{ n }}{% endcache %}{% endcache %}',
  )
  expect(await html({ n: 1 })).toBe('11')
  clock.advance(40_000)
  await cache.delete('outer')
  clock.advance(5)
  expect(await html({ n: 2 })).toBe('21')
  clock.advance(45_000)
  expect(await html({ n: 3 })).toBe('33')
})

test('an edit of an inner template reaches the outer fragment, also if the inner one was a hit', async () => {
  const { cache, html, templates, clock } = clockedCacheOf({
    page: '{% cache "outer" %}o{% include "inner" %}{% endcache %}',
    inner: '{% cache "inner" %}i{% include "leaf" %}{% endcache %}',
    leaf: 'l',
  })
  expect(await html()).toBe('oil')
  await cache.delete('outer')
  clock.advance(5)
  expect(await html()).toBe('oil')
  templates.leaf = 'L'
  expect(await html()).toBe('oiL')
  expect(await html()).toBe('oiL')
})

test('lazy values of one level are loaded together', async () => {
  let open = 0
  let most = 0
  const slow = (value: string) =>
    lazy(async () => {
      most = Math.max(most, ++open)
      await turns()
      open--
      return value
    })
  const { cache } = cacheOf(
    '{% for x in [1, 2, 3] %}{% cache "o", x %}{% cache "i", x %}{{ values[x - 1] }}{% endcache %}{% endcache %}{% endfor %}',
  )
  const { body, trips } = await cache.render('page', { values: ['a', 'b', 'c'].map(slow) })
  expect([body.toString(), trips, most]).toEqual(['abc', 2, 3])
})

test('the text of an inner fragment, used in the body around it', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(
    '{% macro m(x) %}<{{ x }}{% cache "i", x %}{{ x }}{% cache "deep" %}d{% endcache %}{% endcache %}>{% endmacro %}{% cache "o" %}{{ m("a") | upper }}{{ m("b") }}{% endcache %}',
    { store },
  )
  const { body } = await cache.render('page')
  expect(body.toString()).toBe('&lt;AAD&gt;<bbd>')
  await cache.settled()
  expect((await cache.render('page')).body.toString()).toBe('&lt;AAD&gt;<bbd>')
})

test('a fragment that renders itself is an error that shows the chain', async () => {
  const { cache } = cacheOf({
    page: '{% cache "a" %}{% include "b" %}{% endcache %}',
    b: '{% cache "b" %}{% include "page" %}{% endcache %}',
    deeper: '{% cache "d", n %}{% set n = n + 1 %}{% include "deeper" %}{% endcache %}',
  })
  await expect(cache.render('page')).rejects.toThrow(UnsettledError)
  await expect(cache.render('page')).rejects.toThrow(
    'A fragment renders itself without end: "a" (page, line 1) > "b" (b, line 1) > "a" (page, line 1).',
  )
  await expect(cache.render('deeper', { n: 1 })).rejects.toThrow(
    /"d" \(deeper, line 1\) > "d" \(deeper, line 1\)/,
  )
})

test('an error three levels down fails the page, and nothing is stored', async () => {
  const store = watchedStore()
  const { cache } = cacheOf(
    '{% cache "a" %}{% cache "b" %}{% cache "c" %}{{ f() }}{% endcache %}{% endcache %}{% endcache %}',
    {
      store,
    },
  )
  await expect(cache.render('page')).rejects.toThrow(/Unable to call `f`/)
  await cache.settled()
  expect(store.calls).toEqual(['getMany 1', 'getMany 1', 'getMany 1'])
})

test('bubble=false: a shorter life inside does not count outside', async () => {
  const { html, clock } = clockedCacheOf(
    '{% cache "o", ttl="1h" %}{{ n }}{% cache "i", ttl="30s", bubble=false %}{{ n }}{% endcache %}{% endcache %}',
  )
  expect(await html({ n: 1 })).toBe('11')
  clock.advance(40_000)
  expect(await html({ n: 2 })).toBe('11')
})

const DRAFTS =
  '{% cache "list" %}{% for film in films %}{% cache "film", film.id, if=not film.draft %}{{ film.name }}{% endcache %}{% endfor %}{% endcache %}'
const filmsOf = (second: string, draft: boolean) => ({
  films: [
    { id: 1, name: 'Alien' },
    { id: 2, name: second, draft },
  ],
})

test.each([
  ['a loop', DRAFTS],
  ['an include', DRAFTS.replace('{{ film.name }}', '{% include "name" %}')],
  ['a macro', `{% macro m(film) %}{{ film.name }}{% endmacro %}${DRAFTS.replace('film.name', 'm(film)')}`],
  [
    'a fragment between them',
    DRAFTS.replace('{% for', '{% cache "between" %}{% for').replace(
      '{% endfor %}',
      '{% endfor %}{% endcache %}',
    ),
  ],
  ['bubble=false', DRAFTS.replace('if=', 'bubble=false, if=')],
])(
  'a fragment that if= shows on one page alone is not stored with the one around it: %s',
  async (_, page) => {
    const { html, events } = cacheOf({ page, name: '{{ film.name }}' })
    expect(await html(filmsOf('Draft', true))).toBe('AlienDraft')
    expect(told(events, 'skip')[0]).toBe(
      'skip list: the fragment "film" (page, line 1) in it is for this page alone: if= did not hold',
    )
    expect(await html(filmsOf('Brazil', false))).toBe('AlienBrazil')
    expect(await html(filmsOf('Casablanca', false))).toBe('AlienBrazil')
  },
)

test('the result of a fragment that depends on if= is not given to other pages that wait for it', async () => {
  const { cache, events } = cacheOf(DRAFTS)
  const pages = await Promise.all([
    cache.render('page', filmsOf('Draft', true)),
    cache.render('page', filmsOf('Brazil', false)),
  ])
  expect(pages.map(({ body }) => body.toString())).toEqual(['AlienDraft', 'AlienBrazil'])
  await cache.settled()
  expect(told(events, 'write').sort()).toEqual(['write film', 'write film', 'write list'])
})

describe.each([
  ['if=false', 'if=not film.draft'],
  ['ttl=0', 'ttl=0 if film.draft else "1h"'],
])('the text of a fragment with %s, used for another fragment', (_name, option) => {
  const inner = `{% cache "film", ${option} %}{{ film.name }}{% endcache %}`
  const outer = '{% cache "title" %}{{ title }}{% endcache %}'

  test.each([
    ['an argument of a macro', `{% macro m(title) %}${outer}{% endmacro %}{{ m(text) }}`],
    ['a filter', `{% set title = text | upper %}${outer}`],
    [
      'a comparison',
      `{% if text == "Draft" %}{% set title = "A" %}{% else %}{% set title = "B" %}{% endif %}${outer}`,
    ],
    ['a loop', `{% for title in [text] %}${outer}{% endfor %}`],
    ['an include', '{% set title = text ~ "!" %}{% include "name" %}'],
  ])('is not stored with that: %s', async (_use, rest) => {
    const page = `{% set text %}${inner}{% endset %}${rest}`
    const { html, events } = cacheOf({ page, name: outer })
    const draft = await html(filmOf('Draft', true))
    expect(told(events, 'skip')).toContain(
      'skip title: it used the text of a {% nocache %}, or of a fragment that is for this page alone',
    )
    expect(await html(filmOf('Alien', false))).not.toBe(draft)
    expect(await html(filmOf('Alien', false))).not.toBe(draft)
    expect(told(events, 'hit')).toContain('hit title')
  })
})

function filmOf(name: string, draft: boolean) {
  return { film: { name, draft } }
}
