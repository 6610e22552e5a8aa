import { AsyncLocalStorage } from 'node:async_hooks'
import { defineFragment, KeyPartError, LeakError, perVisitor, TagError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { resolveDataPolicy } from '../../../src/core/options/data-policy.ts'
import { checkTemplates } from '../../../src/engines/nunjucks/analysis/check.ts'
import { cacheOf, engineOf, told } from '../../helpers/templates.ts'

// Each test tries to make one visitor's content show to another through a defined fragment.

const anna = { user: { id: 1, name: 'Anna' }, csrfToken: 'token-a' }
const bob = { user: { id: 2, name: 'Bob' }, csrfToken: 'token-b' }

interface Visitor {
  readonly name: string
}

test('the template has nothing of the page: reading it is an error, and not an empty text', async () => {
  const card = defineFragment('card', { template: 'card' })
  const { html } = cacheOf(
    { page: '{% fragment "card", id=1 %}', card: '<b>{{ user.name }}</b>' },
    { fragments: [card] },
  )
  await expect(html(anna)).rejects.toThrow(LeakError)
  await expect(html(anna)).rejects.toThrow(
    'The fragment "card" (card) reads user.name, which is neither a parameter of it nor returned by its load()',
  )
})

test('where a leak is no error, such a fragment is rendered without it, and not stored', async () => {
  const card = defineFragment('card', { template: 'card' })
  const { html, events } = cacheOf(
    { page: '{% fragment "card", id=1 %}', card: '<b>{{ user.name }}</b>' },
    { fragments: [card], safety: 'uncached' },
  )
  expect([await html(anna), await html(bob)]).toEqual(['<b></b>', '<b></b>'])
  expect(told(events, 'write')).toEqual([])
  expect(told(events, 'error')).toEqual(['error LeakError', 'error LeakError'])
})

test('an include, a macro and a parent of the template have nothing of the page either', async () => {
  const card = defineFragment('card', { template: 'card' })
  for (const body of [
    '{% include "inner" %}',
    '{% import "macros" as m with context %}{{ m.hello() }}',
    '{% extends "parent" %}',
  ]) {
    const { html } = cacheOf(
      {
        page: '{% macro shown() %}{{ user.name }}{% endmacro %}{% fragment "card" %}',
        card: body,
        inner: '[{{ user.name }}]',
        macros: '{% macro hello() %}{{ user.name }}{% endmacro %}',
        parent: '{{ user.name }}',
      },
      { fragments: [card], safety: 'off' },
    )
    expect(await html(anna), body).not.toContain('Anna')
  }
})

test('macros and variables of the page are not there', async () => {
  const card = defineFragment('card', { template: 'card' })
  const { html } = cacheOf(
    {
      page: '{% set x = user.name %}{% macro m() %}{{ x }}{% endmacro %}{% for y in [x] %}{% fragment "card" %}{% endfor %}',
      card: '[{{ x }}{{ y }}{{ m }}{{ loop.index }}]',
    },
    { fragments: [card] },
  )
  expect(await html(anna)).toBe('[]')
})

describe('load() is outside of the request', () => {
  const requests = new AsyncLocalStorage<Visitor>()
  const who = () => requests.getStore()?.name ?? 'nobody'

  test('what code keeps of a request in an AsyncLocalStorage is not there, nor in the template', async () => {
    const card = defineFragment('card', { template: 'card', load: async () => ({ name: who() }) })
    const own = engineOf({ page: '{% fragment "card" %}', card: '{{ name }} {{ who() }}' })
    own.environment.addGlobal('who', who)
    const { html } = cacheOf('', { fragments: [card], engine: own })
    const seen = [
      await requests.run({ name: 'Anna' }, () => html({})),
      await requests.run({ name: 'Bob' }, () => html({})),
    ]
    expect(seen).toEqual(['nobody nobody', 'nobody nobody'])
  })

  test('the first definition in a request does not keep that request', async () => {
    const card = requests.run({ name: 'Anna' }, () =>
      defineFragment('card', { template: 'card', load: () => ({ name: who() }) }),
    )
    const { html } = requests.run({ name: 'Anna' }, () =>
      cacheOf({ page: '{% fragment "card" %}', card: '{{ name }}' }, { fragments: [card] }),
    )
    expect(await requests.run({ name: 'Bob' }, () => html({}))).toBe('nobody')
  })
})

describe('vary', () => {
  interface Request {
    readonly locale?: string
    readonly currency?: string
  }
  const vary = {
    locale: (request?: Request) => request?.locale ?? 'en',
    currency: (request?: Request) => request?.currency ?? 'EUR',
  }

  test('load() is given the values of the names in vary, and no other', async () => {
    const seen: unknown[] = []
    const price = defineFragment('price', {
      template: 'price',
      vary: ['locale'],
      load: (_, context) => {
        seen.push(context)
        return {}
      },
    })
    const { cache } = cacheOf({ page: '{% fragment "price" %}', price: 'x' }, { fragments: [price], vary })
    await cache.render('page', {}, { request: { locale: 'de', currency: 'USD' } })
    expect(seen).toEqual([{ vary: { locale: 'de' } }])
  })

  test('load() cannot change them', async () => {
    const price = defineFragment('price', {
      template: 'price',
      vary: ['locale'],
      load: (_, context) => Object.assign(context.vary, { locale: 'fr' }),
    })
    const { cache } = cacheOf({ page: '{% fragment "price" %}', price: 'x' }, { fragments: [price], vary })
    await expect(cache.render('page', {}, { request: { locale: 'de' } })).rejects.toThrow(
      "Cannot assign to read only property 'locale'",
    )
  })

  test('what varies has an entry for each value', async () => {
    const price = defineFragment('price', {
      template: 'price',
      vary: ['locale'],
      load: (_, { vary: { locale } }) => ({ text: `in ${locale}` }),
    })
    const { cache } = cacheOf(
      { page: '{% fragment "price" %}', price: '{{ text }}' },
      { fragments: [price], vary },
    )
    const show = async (locale: string) => {
      const { body, fragments } = await cache.render('page', {}, { request: { locale } })
      await cache.settled()
      return `${body} ${fragments[0]?.state}`
    }
    expect([await show('de'), await show('en'), await show('de'), await show('en')]).toEqual([
      'in de miss',
      'in en miss',
      'in de hit',
      'in en hit',
    ])
  })

  test('a name that the cache does not have is an error when the cache is made', () => {
    const price = defineFragment('price', { template: 'price', vary: ['colour'] })
    expect(() => cacheOf('', { fragments: [price], vary })).toThrow('varies by "colour"')
  })

  test('without a request, a value that is not given is an error: its function would guess', async () => {
    const price = defineFragment('price', {
      template: 'price',
      vary: ['locale'],
      load: (_, { vary: { locale } }) => ({ text: `in ${locale}` }),
    })
    const { cache } = cacheOf({ price: '{{ text }}' }, { fragments: [price], vary })
    await expect(cache.renderFragment(price, {})).rejects.toThrow(KeyPartError)
    await expect(cache.renderFragment(price, {}, { vary: { currency: 'USD' } })).rejects.toThrow(
      'The fragment "price" varies by "locale" (renderFragment()), and it is rendered without a request: give the value',
    )
    const { body } = await cache.renderFragment(price, {}, { vary: { locale: 'de' } })
    expect(String(body)).toBe('in de')
  })

  test('what is rendered with one value is not shown for another', async () => {
    const price = defineFragment('price', {
      template: 'price',
      vary: ['locale'],
      load: (_, { vary: { locale } }) => ({ text: `in ${locale}` }),
    })
    const { cache } = cacheOf(
      { page: '{% fragment "price" %}', price: '{{ text }}' },
      { fragments: [price], vary },
    )
    await cache.renderFragment(price, {}, { vary: { locale: 'de' } })
    await cache.settled()
    const { body, fragments } = await cache.render('page', {}, { request: { locale: 'en' } })
    expect([String(body), fragments[0]?.state]).toEqual(['in en', 'miss'])
    const german = await cache.render('page', {}, { request: { locale: 'de' } })
    expect([String(german.body), german.fragments[0]?.state]).toEqual(['in de', 'hit'])
  })

  test('a cached function in load() that varies by more keeps the fragment from being stored', async () => {
    const price = defineFragment('price', { template: 'price', load: async () => ({ text: await rate() }) })
    const site = cacheOf(
      { page: '{% fragment "price" %}', price: '{{ text }}' },
      { fragments: [price], vary, safety: 'off' },
    )
    const rate = site.cache.cached('rate', { vary: ['currency'] }, () => 'a rate')
    await site.cache.render('page', {}, { request: { currency: 'USD' } })
    await site.cache.settled()
    expect(told(site.events, 'write', 'skip').filter((one) => one.includes('price'))).toEqual([
      expect.stringContaining('skip price: it shows the cached function "rate"'),
    ])
  })

  test('a cache tag in the template that varies by more keeps the fragment from being stored', async () => {
    const price = defineFragment('price', { template: 'price' })
    const site = cacheOf(
      { page: '{% fragment "price" %}', price: '{% cache "a", vary=["locale"] %}x{% endcache %}' },
      { fragments: [price], vary, safety: 'off' },
    )
    await site.cache.render('page', {}, { request: { locale: 'de' } })
    await site.cache.settled()
    expect(told(site.events, 'skip')).toEqual([expect.stringContaining('varies by locale')])
  })

  test('the template has the values that it varies by, and those of no other name', async () => {
    const price = defineFragment('price', { template: 'price', vary: ['locale'] })
    const price2 = defineFragment('price2', { template: 'price2', vary: ['locale'] })
    const site = cacheOf(
      {
        page: '{% fragment "price" %}',
        page2: '{% fragment "price2" %}',
        price: '{{ locale }}{% cache "a", vary=["locale"] %} {{ locale }}{% endcache %}',
        price2: '{{ locale }} {{ currency }}',
      },
      { fragments: [price, price2], vary },
    )
    const { body } = await site.cache.render('page', {}, { request: { locale: 'de' } })
    expect(String(body)).toBe('de de')
    await expect(site.cache.render('page2', {}, { request: { locale: 'de' } })).rejects.toThrow(
      'The fragment "price2" (price2) reads currency',
    )
  })

  test('a fragment around one that varies is not stored unless it varies alike', async () => {
    const price = defineFragment('price', { template: 'price', vary: ['locale'] })
    const site = cacheOf(
      { page: '{% cache "outer" %}{% fragment "price" %}{% endcache %}', price: 'x' },
      { fragments: [price], vary },
    )
    await site.cache.render('page', {}, { request: { locale: 'de' } })
    await site.cache.settled()
    expect(told(site.events, 'skip')).toEqual([expect.stringContaining('skip outer: the fragment "price"')])
  })
})

describe('parameters of a visitor', () => {
  test('they are part of the key', async () => {
    const hello = defineFragment('hello', { template: 'hello' })
    const { html } = cacheOf(
      { page: '{% fragment "hello", name=user.name %}', hello: 'Hello {{ name }}' },
      { fragments: [hello] },
    )
    expect([await html(anna), await html(bob), await html(anna)]).toEqual([
      'Hello Anna',
      'Hello Bob',
      'Hello Anna',
    ])
  })

  test('a cache tag around the fragment needs them in its key, too', async () => {
    const hello = defineFragment('hello', { template: 'hello' })
    const page = (key: string) => `{% cache "outer"${key} %}{% fragment "hello", id=user.id %}{% endcache %}`
    const templates = { page: page(''), hello: 'Hello {{ id }}' }
    await expect(cacheOf(templates, { fragments: [hello] }).html(anna)).rejects.toThrow(
      'The fragment "outer" (page, line 1) reads user.id',
    )
    const keyed = cacheOf({ ...templates, page: page(', user.id') }, { fragments: [hello] })
    expect([await keyed.html(anna), await keyed.html(bob)]).toEqual(['Hello 1', 'Hello 2'])
  })

  test.each(['who', 'shown'])(
    'a cache tag inside, which reads %s, needs it in its key, too',
    async (name) => {
      const hello = defineFragment('hello', {
        template: 'hello',
        load: ({ who }: { who: string }) => ({ shown: `for ${who}` }),
      })
      const { html } = cacheOf(
        {
          page: '{% fragment "hello", who=user.name %}',
          hello: `{% cache "inner" %}{{ ${name} }}{% endcache %}`,
        },
        { fragments: [hello] },
      )
      await expect(html(anna)).rejects.toThrow(LeakError)
    },
  )

  test.each([
    ['a variable', '{% set who = user.name %}{% fragment "hello", who=who %}'],
    ['a macro', '{% macro hi(who) %}{% fragment "hello", who=who %}{% endmacro %}{{ hi(user.name) }}'],
    ['a loop', '{% for who in [user.name] %}{% fragment "hello", who=who %}{% endfor %}'],
    ['an expression', '{% fragment "hello", who=["Ms", user.name] | join(" ") %}'],
    ['an include', '{% set who = user.name %}{% include "part" %}'],
    ['another fragment', '{% fragment "outer", who=user.name %}'],
    ['what another fragment loads', '{% fragment "outer", who=user.name, load=true %}'],
  ])('so does one that is given them by way of %s', async (_way, page) => {
    const hello = defineFragment('hello', { template: 'hello' })
    const outer = defineFragment('outer', { template: 'outer', load: ({ who }) => ({ loaded: who }) })
    const { html } = cacheOf(
      {
        page,
        part: '{% fragment "hello", who=who %}',
        outer: '{% fragment "hello", who=(loaded if load else who) %}',
        hello: '{% cache "inner" %}{{ who }}{% endcache %}',
      },
      { fragments: [hello, outer] },
    )
    await expect(html(anna)).rejects.toThrow('The fragment "inner" (hello, line 1) reads who')
  })

  test('what is not made of them needs nothing, also beside them', async () => {
    const hello = defineFragment('hello', { template: 'hello' })
    const outer = defineFragment('outer', { template: 'outer' })
    const { html } = cacheOf(
      {
        page: '{% set x = 1 %}{% fragment "hello", id=x %}{{ user.name }}{% fragment "outer", who=user.name %}',
        outer: '{% fragment "hello", id=1 %}',
        hello: '{% cache "inner" %}{{ id }}{% endcache %}',
      },
      { fragments: [hello, outer] },
    )
    expect(await html(anna)).toBe('1Anna1')
  })

  test('where a leak is no error, such a cache tag is not stored', async () => {
    const hello = defineFragment('hello', { template: 'hello' })
    const { html, events } = cacheOf(
      {
        page: '{% fragment "hello", who=user.name %}',
        hello: '{% cache "inner" %}{{ who }}{% endcache %}',
      },
      { fragments: [hello], safety: 'uncached' },
    )
    expect([await html(anna), await html(bob)]).toEqual(['Anna', 'Bob'])
    expect(told(events, 'write')).toEqual(['write hello', 'write hello'])
  })

  test('a value that load() returns and marks is not stored', async () => {
    const post = defineFragment('post', { template: 'post', load: () => ({ author: perVisitor('Anna') }) })
    const { html } = cacheOf({ page: '{% fragment "post" %}', post: '{{ author }}' }, { fragments: [post] })
    await expect(html({})).rejects.toThrow(LeakError)
  })

  test('an empty text of a visitor names no visitor', async () => {
    const hello = defineFragment('hello', { template: 'hello' })
    const { html, events } = cacheOf(
      { page: '{% fragment "hello", name=user.name %}', hello: 'Hello {{ name }}' },
      { fragments: [hello] },
    )
    await html({ user: { name: '' } })
    expect(told(events, 'write')).toEqual([])
  })
})

describe('holes', () => {
  test('they show the data of each page, on a miss and on a hit', async () => {
    const card = defineFragment('card', { template: 'card', load: () => ({ film: 'Alien' }) })
    const { html, events } = cacheOf(
      {
        page: '{% fragment "card" %}',
        card: '{{ film }} {% nocache film=film %}{{ user.name }} {{ film }}{% endnocache %} {{ csrfToken }}',
      },
      { fragments: [card], perRequest: ['csrfToken'] },
    )
    expect([await html(anna), await html(bob)]).toEqual([
      'Alien Anna Alien token-a',
      'Alien Bob Alien token-b',
    ])
    expect(told(events, 'hit')).toEqual(['hit card'])
  })

  test('so do those of cache tags inside', async () => {
    const card = defineFragment('card', { template: 'card' })
    const { html } = cacheOf(
      {
        page: '{% fragment "card" %}',
        card: '{% cache "a" %}{% cache "b" %}{% nocache %}{{ user.name }}{% endnocache %}{% endcache %}{% endcache %}',
      },
      { fragments: [card] },
    )
    expect([await html(anna), await html(bob), await html(anna)]).toEqual(['Anna', 'Bob', 'Anna'])
  })

  test('one that reads data of the fragment is an error: on a hit that is not there', async () => {
    const card = defineFragment('card', { template: 'card', load: () => ({ film: 'Alien' }) })
    const { html } = cacheOf(
      { page: '{% fragment "card" %}', card: '{% nocache %}{{ film }}{% endnocache %}' },
      { fragments: [card] },
    )
    await expect(html({ film: 'Brazil' })).rejects.toThrow(TagError)
    await expect(html({ film: 'Brazil' })).rejects.toThrow('Pass it by name: {% nocache film=film %}')
  })

  test('without a page they are an error unless its data is given', async () => {
    const card = defineFragment('card', { template: 'card' })
    const { cache } = cacheOf(
      { card: 'Hi {% nocache %}{{ user.name }}{% endnocache %}' },
      { fragments: [card] },
    )
    const show = async (data?: object) => String((await cache.renderFragment(card, {}, { data })).body)
    await expect(show()).rejects.toThrow('has a {% nocache %} (card), which shows the data of a page')
    expect(await show(anna)).toBe('Hi Anna')
    await cache.settled()
    expect(await show(bob)).toBe('Hi Bob')
    await expect(show()).rejects.toThrow('has a {% nocache %}')
  })
})

test('a bypass that reads nothing holds for load(), too', async () => {
  let loads = 0
  const list = defineFragment('list', { template: 'list', load: async () => ({ n: await count() }) })
  const { cache } = cacheOf(
    { page: '{% fragment "list" %}', list: '{{ n }}' },
    {
      fragments: [list],
      store: memoryStore(),
      bypass: (request?: { preview?: boolean }) => (request?.preview ? 'both' : false),
    },
  )
  const count = cache.cached('count', { ttl: '5m' }, () => ++loads)
  const show = async (request: object) => {
    const { body } = await cache.render('page', {}, { request })
    await cache.settled()
    return String(body)
  }
  expect([await show({}), await show({}), await show({ preview: true }), await show({})]).toEqual([
    '1',
    '1',
    '2',
    '1',
  ])
})

test('detectLeaks finds a value of the visitor in what load() returned', async () => {
  let last = ''
  const card = defineFragment('card', { template: 'card', load: () => ({ mail: last }) })
  const { cache, events } = cacheOf(
    { page: '{% fragment "card" %}', card: '{{ mail }}' },
    { fragments: [card], safety: { mode: 'off', detectLeaks: (request) => [request.mail] } },
  )
  last = 'anna@example.org'
  await cache.render('page', {}, { request: { mail: last } })
  await cache.settled()
  expect(told(events, 'error', 'write')).toEqual(['error LeakError'])
})

test('the check of templates reads the parameters of the tag, and what is wrong with it', () => {
  const { environment } = engineOf({
    page: '{% cache "outer", ttl="1m" %}{% fragment "hello", id=user.id %}{% endcache %}',
    wrong: '{% fragment "hello", 1 %}',
  })
  const options = { dataPolicy: resolveDataPolicy({}), hasTtl: false, versioned: [] }
  const found = checkTemplates(environment, ['page', 'wrong'], options)
  expect(found.map(({ kind, template, line }) => `${kind} ${template} ${line}`)).toEqual([
    'leak page 1',
    'template wrong 1',
  ])
  expect(found[1]?.message).toContain('The parameters of {% fragment "hello" %} are given by name')
})
