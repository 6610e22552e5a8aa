import { lazy } from 'onetrip'
import { expect, test } from 'vitest'
import { cacheOf, told } from '../../helpers/templates.ts'

const films = [
  { id: 1, title: 'Alien' },
  { id: 2, title: 'Brazil' },
]
const ann = { user: { name: 'Ann' }, films }
const bob = { user: { name: 'Bob' }, films }

test('a hole is rendered for each request, also on a hit', async () => {
  const { html, cache } = cacheOf(
    '{% cache "a" %}[{% nocache %}{{ user.name }}{% endnocache %}]{% endcache %}',
  )
  expect(await html(ann)).toBe('[Ann]')
  expect(await html(bob)).toBe('[Bob]')
  const { fragments, trips } = await cache.render('page', bob)
  expect(fragments.map(({ state }) => state)).toEqual(['hit'])
  expect(trips).toBe(1)
})

test('values from around it are passed by name, and stored', async () => {
  const { html, events } = cacheOf({
    page: '{% cache "list" %}{% for film in films %}{{ film.title }}: {% nocache id=film.id, t=film.title | upper %}{{ id }}{{ t }}{{ user.name }} {% endnocache %}{% endfor %}{% endcache %}',
  })
  expect(await html(ann)).toBe('Alien: 1ALIENAnn Brazil: 2BRAZILAnn ')
  expect(await html({ user: bob.user })).toBe('Alien: 1ALIENBob Brazil: 2BRAZILBob ')
  expect(told(events, 'hit', 'miss')).toEqual(['miss list: absent', 'hit list'])
})

test('macros and imports at the top of its template are available', async () => {
  const { html } = cacheOf({
    page: '{% import "m" as m %}{% from "m" import shout as loud %}{% macro hi(name) %}Hi {{ low(name) }}{% endmacro %}{% macro low(x) %}{{ x | lower }}{% endmacro %}{% cache "a" %}({% nocache %}{{ hi(user.name) }} {{ m.shout(user.name) }} {{ loud("x") }}{% endnocache %}){% endcache %}',
    m: '{% macro shout(x) %}{{ x | upper }}!{% endmacro %}',
  })
  expect(await html(ann)).toBe('(Hi ann ANN! X!)')
  expect(await html(bob)).toBe('(Hi bob BOB! X!)')
})

test('in an include, a macro, an imported macro, a recursive macro', async () => {
  const { html } = cacheOf({
    page: '{% import "m" as m %}{% macro tree(n) %}{{ n }}{% nocache n=n %}<{{ n }}{{ user.name }}>{% endnocache %}{% if n > 0 %}{{ tree(n - 1) }}{% endif %}{% endmacro %}{% cache "a" %}{% include "i" %}{{ tree(2) }}{{ m.x(5) }}{% endcache %}',
    i: 'i{% nocache %}{{ user.name }}{% endnocache %}',
    m: '{% macro x(n) %}{% nocache n=n %}{{ user.name }}{{ n }}{% endnocache %}{% endmacro %}',
  })
  expect(await html(ann)).toBe('iAnn2<2Ann>1<1Ann>0<0Ann>Ann5')
  expect(await html(bob)).toBe('iBob2<2Bob>1<1Bob>0<0Bob>Bob5')
})

test('a hole may hold a macro that holds the hole', async () => {
  const { html } = cacheOf(
    '{% macro m(n) %}{% nocache n=n %}{{ user.name }}{{ n }}{% if n %}{{ m(n - 1) }}{% endif %}{% endnocache %}{% endmacro %}{% cache "a" %}{{ m(2) }}{% endcache %}',
  )
  expect(await html(ann)).toBe('Ann2Ann1Ann0')
  expect(await html(bob)).toBe('Bob2Bob1Bob0')
})

test('fragments inside holes join the next wave, all together', async () => {
  const { html, cache } = cacheOf(
    '{% cache "list" %}{% for film in films %}{% nocache id=film.id %}{% cache "mine", user.name, id %}{{ user.name }}{{ id }}{% endcache %}{% endnocache %}{% endfor %}{% endcache %}',
  )
  expect(await html(ann)).toBe('Ann1Ann2')
  expect(await html(bob)).toBe('Bob1Bob2')
  const { trips, fragments } = await cache.render('page', bob)
  expect(trips).toBe(2)
  expect(fragments.map(({ name, state }) => `${name} ${state}`)).toEqual(['list hit', 'mine hit', 'mine hit'])
})

test('a fragment inside a hole of the skeleton is in the first trip', async () => {
  const { html, cache } = cacheOf(
    '{% cache "a" %}a{% endcache %}{% nocache %}{% cache "b", user.name %}{{ user.name }}{% endcache %}{% endnocache %}',
  )
  expect(await html(ann)).toBe('aAnn')
  const { trips } = await cache.render('page', ann)
  expect(trips).toBe(1)
})

test('lazy values in holes are loaded for each request, those of several together', async () => {
  const order: string[] = []
  const data = (name: string) => ({
    a: lazy(async () => {
      order.push(`a${name}`)
      return name
    }),
    b: lazy(async () => {
      order.push(`b${name}`)
      return name
    }),
  })
  const { html } = cacheOf(
    '{% cache "x" %}{% nocache %}{{ a }}{% endnocache %}{% endcache %}{% cache "y" %}{% nocache %}{{ b }}{% endnocache %}{% endcache %}',
  )
  expect(await html(data('1'))).toBe('11')
  expect(await html(data('2'))).toBe('22')
  expect(order).toEqual(['a1', 'b1', 'a2', 'b2'])
})

test('whose text was used: neither that fragment is stored, nor one around it', async () => {
  const { html, events } = cacheOf(
    '{% cache "out" %}{% cache "in" %}{% set t %}{% nocache %}{{ user.name }}{% endnocache %}{% endset %}{{ t | upper }}{% endcache %}{% endcache %}{% cache "other" %}x{% endcache %}',
  )
  expect(await html(ann)).toBe('ANNx')
  expect(await html(bob)).toBe('BOBx')
  const reason = 'it used the text of a {% nocache %}, or of a fragment that is for this page alone'
  expect(told(events, 'skip').slice(0, 2).sort()).toEqual([`skip in: ${reason}`, `skip out: ${reason}`])
  expect(told(events, 'hit')).toEqual(['hit other'])
})

test('what the page made of such a text stays out of fragments that may read it', async () => {
  const { html } = cacheOf(
    '{% macro m() %}{% nocache %}{{ user.name }}{% endnocache %}{% endmacro %}{% set t = m() | upper %}{% cache "a" %}{{ t }}{% endcache %}{% cache "b" %}{{ films.length }}{% endcache %}',
  )
  expect(await html(ann)).toBe('ANN2')
  expect(await html(bob)).toBe('BOB2')
})

test('an inner hit with a hole stands in an outer miss', async () => {
  const { html, events } = cacheOf({
    page: '{% cache "outer" %}<{% include "in" %}>{% endcache %}',
    second: '{% include "in" %}',
    in: '{% cache "inner" %}[{% nocache %}{{ user.name }}{% endnocache %}]{% endcache %}',
  })
  expect(await html(ann, 'second')).toBe('[Ann]')
  expect(await html(bob)).toBe('<[Bob]>')
  expect(await html(ann)).toBe('<[Ann]>')
  expect(told(events, 'hit', 'miss')).toEqual([
    'miss inner: absent',
    'miss outer: absent',
    'hit inner',
    'hit outer',
  ])
})

test('two renders of one page show each its own data', async () => {
  const { cache } = cacheOf('{% cache "a" %}{% nocache %}{{ user.name }}{% endnocache %}{% endcache %}')
  const page = cache.open()
  const bodies = await Promise.all([ann, bob].map((data) => page.render('page', data)))
  expect(bodies.map(({ body }) => body.toString())).toEqual(['Ann', 'Bob'])
  expect((await page.render('page', ann)).body.toString()).toBe('Ann')
})

test('an edit of the template that a hole stands in makes the fragment miss', async () => {
  const { html, templates, events } = cacheOf({
    page: '{% cache "a" %}{% include "i" %}{% endcache %}',
    i: '{% nocache %}{{ user.name }}{% endnocache %}',
  })
  await html(ann)
  templates.i = '{% nocache %}-{% endnocache %}{% nocache %}{{ user.name }}?{% endnocache %}'
  expect(await html(bob)).toBe('-Bob?')
  expect(told(events, 'miss')[1]).toBe('miss a: template changed')
})
