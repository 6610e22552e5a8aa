import nunjucks from 'nunjucks'
import { type FragmentCache, LeakError, lazy, perVisitor } from 'onetrip'
import { installCache } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { cacheOf, TestLoader, told } from '../../helpers/templates.ts'

const data = {
  user: { id: 1, name: 'Ann', email: 'ann@example.org', can: () => true },
  film: { id: 7, title: 'Alien' },
}

/** Returns the leaks found in a page, each as the fragment's name and the variable it reads. */
async function leaksOf(templates: Record<string, string> | string, options = {}, page: object = data) {
  const { cache } = cacheOf(templates, { safety: 'error', ...options })
  try {
    await cache.render('page', page)
    return []
  } catch (error) {
    if (!(error instanceof LeakError)) throw error
    return [...error.message.matchAll(/The fragment "(\w+)" .*? reads ([^,:\s]+)/g)].map(
      ([, fragment, variable]) => `${fragment} ${variable}`,
    )
  }
}

describe('leaks are found, by any path', () => {
  test.each<[string, Record<string, string> | string, string[]]>([
    ['directly', '{% cache "a" %}{{ user.name }}{% endcache %}', ['a user.name']],
    ['as a condition', '{% cache "a" %}{% if user %}in{% endif %}{% endcache %}', ['a user']],
    ['set before', '{% set n = user.name %}{% cache "a" %}{{ n }}{% endcache %}', ['a user.name']],
    ['set inside', '{% cache "a" %}{% set n = user.name %}{{ n }}{% endcache %}', ['a user.name']],
    [
      'set under a condition',
      '{% set n = "guest" %}{% if user %}{% set n = "member" %}{% endif %}{% cache "a" %}{{ n }}{% endcache %}',
      ['a user'],
    ],
    [
      'in a set block',
      '{% set n %}{{ user.name }}{% endset %}{% cache "a" %}{{ n }}{% endcache %}',
      ['a user.name'],
    ],
    [
      "as a macro's argument",
      '{% macro hi(who) %}{{ who.name }}{% endmacro %}{% cache "a" %}{{ hi(user) }}{% endcache %}',
      ['a user.name'],
    ],
    [
      "as an imported macro's argument, in the macro's own fragment",
      {
        page: '{% from "m" import box %}{{ box(user.name) }}',
        m: '{% macro box(x) %}{% cache "a" %}{{ x }}{% endcache %}{% endmacro %}',
      },
      ['a user.name'],
    ],
    [
      'in an include',
      { page: '{% cache "a" %}{% include "i" %}{% endcache %}', i: '{{ user.name }}' },
      ['a user.name'],
    ],
    [
      'in an include that the variable of a loop goes to',
      {
        page: '{% for item in cart.items %}{% include "i" %}{% endfor %}',
        i: '{% cache "a" %}{{ item.title }}{% endcache %}',
      },
      ['a cart.items[].title'],
    ],
    [
      "in a loop's list",
      '{% cache "a" %}{% for i in cart.items %}x{% endfor %}{% endcache %}',
      ['a cart.items'],
    ],
    [
      "as a filter's argument",
      '{% cache "a" %}{{ "Hi %" | replace("%", user.name) }}{% endcache %}',
      ['a user.name'],
    ],
    [
      'in {% call %}',
      '{% macro box() %}{{ caller() }}{% endmacro %}{% cache "a" %}{% call box() %}{{ user.name }}{% endcall %}{% endcache %}',
      ['a user.name'],
    ],
    [
      'in a block of a child',
      {
        page: '{% extends "base" %}{% block b %}{% cache "a" %}{{ user.name }}{% endcache %}{% endblock %}',
        base: '{% block b %}{% endblock %}',
      },
      ['a user.name'],
    ],
    [
      "in the parent's block",
      {
        page: '{% extends "base" %}{% block b %}{% cache "a" %}{{ super() }}{% endcache %}{% endblock %}',
        base: '{% block b %}{{ user.name }}{% endblock %}',
      },
      ['a user.name'],
    ],
    [
      'in a fragment inside, whose key has it',
      '{% cache "out" %}{% cache "in", user.id %}{{ user.name }}{% endcache %}{% endcache %}',
      ['out user.id', 'out user.name'],
    ],
    [
      'as a value of a hole, which the entry would keep',
      '{% cache "a" %}{% nocache n=user.name %}{{ n }}{% endnocache %}{% endcache %}',
      ['a user.name'],
    ],
    [
      'a token in a condition',
      '{% cache "a" %}{% if csrfToken %}x{% endif %}{% endcache %}',
      ['a csrfToken'],
    ],
  ])('%s', async (_way, templates, leaks) => {
    expect(await leaksOf(templates)).toEqual(leaks)
  })
})

describe('correct templates pass', () => {
  test.each<[string, Record<string, string> | string]>([
    ['in the key', '{% cache "a", user.name %}{{ user.name }}{% endcache %}'],
    ['its identity in the key', '{% cache "a", user.id %}{{ user.name }}{{ user.email }}{% endcache %}'],
    ['the identity by another name', '{% set u = user %}{% cache "a", u.id %}{{ user.name }}{% endcache %}'],
    ['an identity that names its owner', '{% cache "a", session.userId %}{{ user.name }}{% endcache %}'],
    ['in the key, with a default', '{% cache "a", user.id or "guest" %}{{ user.name }}{% endcache %}'],
    [
      'in the key, with other things',
      '{% cache "a", "u" ~ user.id, [locale] %}{{ user.name }}{{ locale }}{% endcache %}',
    ],
    [
      'the same condition in the key',
      '{% cache "a", "in" if user else "out" %}{% if user %}in{% endif %}{% endcache %}',
    ],
    [
      'the same variable in the key',
      '{% set vip = user.group == "vip" %}{% cache "a", vip %}{% if vip %}x{% endif %}{% endcache %}',
    ],
    [
      'the same call in the key',
      '{% cache "a", user.can("edit") %}{% if user.can("edit") and film %}x{% endif %}{% endcache %}',
    ],
    ['in vary', '{% cache "a", vary=["locale"] %}{{ locale }}{% endcache %}'],
    ['in a hole', '{% cache "a" %}{% nocache %}{{ user.name }}{% endnocache %}{% endcache %}'],
    ['outside of fragments', '{{ user.name }}{% cache "a" %}x{% endcache %}'],
    [
      "another's name",
      '{% for user in film.cast %}{% cache "a", user.id %}{{ user.name }}{% endcache %}{% endfor %}',
    ],
    ['a member of that name', '{% cache "a", film.id %}{{ film.user.name }}{% endcache %}'],
    [
      "a macro's parameter",
      '{% macro m(user) %}{{ user.name }}{% endmacro %}{% cache "a", film.id %}{{ m(film.author) }}{% endcache %}',
    ],
    [
      'in a macro that is imported without context: it sees none of it',
      {
        page: '{% import "m" as m %}{% cache "a" %}{{ m.x() }}{% endcache %}',
        m: '{% macro x() %}{{ user.name }}{% endmacro %}',
      },
    ],
    ['a text that says so', '{% cache "a" %}user.name{# {{ user.name }} #}{% endcache %}'],
  ])('%s', async (_what, templates) => {
    const vary = { locale: () => 'en' }
    expect(await leaksOf(templates, { vary }, { ...data, locale: 'en', session: { userId: 1 } })).toEqual([])
  })

  test('names in shared pass', async () => {
    expect(
      await leaksOf('{% cache "a" %}{{ user.name }}{% endcache %}', { safety: { shared: ['user'] } }),
    ).toEqual([])
  })

  test('names in defaultVary pass', async () => {
    const options = { vary: { locale: () => 'en' }, keys: { defaultVary: ['locale'] } }
    expect(await leaksOf('{% cache "a" %}{{ locale }}{% endcache %}', options)).toEqual([])
  })

  test('values printed for each request pass', async () => {
    const options = { perRequest: ['csrfToken'] }
    expect(await leaksOf('{% cache "a" %}{{ csrfToken }}{% endcache %}', options)).toEqual([])
  })
})

test('the message says where, by which way, and the three ways to mend it', async () => {
  const { cache } = cacheOf({
    page: '\n{% set n = user.name %}\n{% cache "menu" %}\n{% include "i" %}{% endcache %}',
    i: '\n{{ n }}',
  })
  await expect(cache.render('page', data)).rejects.toThrow(
    'The fragment "menu" (page, line 3) reads user.name, by {% set n %} (page, line 2): it belongs to one visitor, and the key ' +
      'does not have it, so that all visitors would get it. Put it into the key: {% cache "menu", user.id %}; or print it for ' +
      'each request: {% nocache %}{{ user.name }}{% endnocache %}; or if it is the same for all visitors, say so: ' +
      "safety: { shared: ['user'] }. (i, line 2)",
  )
})

test('names of your own, and strict: whatever is neither in the key nor shared', async () => {
  const page = '{% cache "a", film.id %}{{ film.title }}{{ menu }}{{ guest }}{% endcache %}'
  expect(await leaksOf(page)).toEqual([])
  expect(await leaksOf(page, { safety: { perVisitor: ['guest'] } })).toEqual(['a guest'])
  expect(await leaksOf(page, { safety: { strict: true } })).toEqual(['a menu', 'a guest'])
  expect(await leaksOf(page, { safety: { strict: true, shared: ['menu', 'guest'] } })).toEqual([])
})

test('in production the fragment is rendered and not stored, and an event says so', async () => {
  const { html, events } = cacheOf(
    '{% cache "out" %}{% cache "in" %}{{ user.name }}{% endcache %}{% endcache %}{% cache "b" %}b{% endcache %}',
    { safety: 'uncached' },
  )
  expect(await html(data)).toBe('Annb')
  expect(await html({ user: { name: 'Bob' } })).toBe('Bobb')
  expect(told(events, 'hit', 'write')).toEqual(['write b', 'hit b'])
  expect(told(events, 'error', 'skip').slice(0, 4).sort()).toEqual([
    'error LeakError',
    'error LeakError',
    'skip in: it contains a value that belongs to one visitor',
    'skip out: it contains a value that belongs to one visitor',
  ])
})

test('where the check itself fails the page is served, and nothing is known to be safe', async () => {
  // Nothing is looked at before something is marked.
  perVisitor({})
  const { html, events } = cacheOf('{% cache "a" %}a{% if film.a.b %}{% endif %}{% endcache %}', {
    safety: 'uncached',
  })
  const film = new Proxy(
    { a: {} },
    {
      getOwnPropertyDescriptor() {
        throw new Error('nothing to see')
      },
    },
  )
  expect(await html({ film })).toBe('a')
  expect(told(events, 'write', 'skip')).toEqual(['skip a: the leak check failed: nothing to see'])
})

test('off: nothing is checked', async () => {
  const { html, events } = cacheOf('{% cache "a" %}{{ user.name }}{% endcache %}', { safety: 'off' })
  await html(data)
  expect(await html({ user: { name: 'Bob' } })).toBe('Ann')
  expect(told(events, 'error')).toEqual([])
})

describe('a value that is marked, wherever it sits', () => {
  const author = () => perVisitor({ id: 3, name: 'Ann' })
  const post = () => ({
    id: 1,
    author: author(),
    email: perVisitor('ann@example.org'),
    comments: [{ by: author() }],
  })

  test.each<[string, string | Record<string, string>]>([
    ['directly', '{% cache "a", post.id %}{{ post.author.name }}{% endcache %}'],
    ['a text', '{% cache "a", post.id %}{{ post.email }}{% endcache %}'],
    ['set before', '{% set n = post.author.name %}{% cache "a" %}{{ n }}{% endcache %}'],
    ['a text, set before', '{% set n = post.email %}{% cache "a" %}{{ n }}{% endcache %}'],
    [
      "a macro's argument",
      '{% macro m(x) %}{{ x.name }}{% endmacro %}{% cache "a" %}{{ m(post.author) }}{% endcache %}',
    ],
    ['an include', { page: '{% cache "a" %}{% include "i" %}{% endcache %}', i: '{{ post.author.name }}' }],
    [
      'an include of a computed name',
      { page: '{% cache "a" %}{% include "i" + kind %}{% endcache %}', i1: '{{ post.author.name }}' },
    ],
    [
      'a loop variable',
      '{% for c in post.comments %}{% cache "a" %}{{ c.by.name }}{% endcache %}{% endfor %}',
    ],
    ["a filter's argument", '{% cache "a" %}{{ "%" | replace("%", post.email) }}{% endcache %}'],
    ['a global function gives it', '{% cache "a" %}{{ reader().name }}{% endcache %}'],
    ['a lazy value gives it', '{% cache "a" %}{{ later.name }}{% endcache %}'],
  ])('%s', async (_way, templates) => {
    const page = () => ({ post: post(), kind: 1, reader: author, later: lazy(async () => author()) })
    const { cache } = cacheOf(templates, { safety: 'error' })
    await expect(cache.render('page', page())).rejects.toThrow(LeakError)
    const { html, events } = cacheOf(templates, { safety: 'uncached' })
    expect(await html(page())).toMatch(/Ann|ann@example.org/)
    expect(told(events, 'write')).toEqual([])
    expect(told(events, 'error')).toEqual(['error LeakError'])
  })

  test.each([
    ['its identity in the key', '{% cache "a", post.author.id %}{{ post.author.name }}{% endcache %}'],
    ['itself in the key', '{% cache "a", post.email %}{{ post.email }}{% endcache %}'],
    [
      'in a hole',
      '{% cache "a" %}{% nocache %}{{ post.author.name }}{{ post.email }}{% endnocache %}{% endcache %}',
    ],
    [
      'by another name in the key',
      '{% set w = post.author %}{% cache "a", w.id %}{{ w.name }}{% endcache %}',
    ],
  ])('%s: right', async (_what, template) => {
    const { html, events } = cacheOf(template, { safety: 'error' })
    await html({ post: post() })
    expect(told(events, 'write')).toEqual(['write a'])
  })

  test('the message proposes no tag: it would lack the parts that the tag has', async () => {
    const { cache } = cacheOf('{% cache "a", post.id %}{{ post.author.name }}{% endcache %}')
    const message = await cache.render('page', { post: post() }).catch((error: Error) => error.message)
    expect(message).toMatch(/reads .*author.* is marked by perVisitor/)
    expect(message).not.toContain('{% cache "a", post.author.id %}')
  })

  test('a flag of it in the key is not who it is', async () => {
    const { cache } = cacheOf('{% cache "a", post.author.isAdmin %}{{ post.author.name }}{% endcache %}')
    const withFlag = { post: { author: perVisitor({ isAdmin: true, name: 'Ann' }) } }
    await expect(cache.render('page', withFlag)).rejects.toThrow(LeakError)
  })

  test('templates do not notice the mark', async () => {
    const { html } = cacheOf(
      '{{ n + 1 }}{{ s | upper }}{{ "y" if b else "n" }}{{ s == "x" }}{{ o.k }}{{ [n, s] | join }}{{ all | dump }}',
    )
    const all = { n: perVisitor(1), s: perVisitor('x'), b: perVisitor(false), o: perVisitor({ k: 'v' }) }
    expect(await html({ ...all, all })).toBe(
      '2XntruevN'.replace('N', '1x') +
        '{&quot;n&quot;:1,&quot;s&quot;:&quot;x&quot;,&quot;b&quot;:false,&quot;o&quot;:{&quot;k&quot;:&quot;v&quot;}}',
    )
  })
})

test.each([
  ['mode', 'loud'],
  ['strict', 'yes'],
  ['shared', 'user'],
  ['perVisitor', [7]],
  ['identities', ['a.b']],
])('the option safety.%s is checked at the door', (name, value) => {
  expect(() => cacheOf('', { safety: { [name]: value } })).toThrow(`The option safety.${name} `)
})

describe('a marked value inside the argument of a filter', () => {
  const post = (name: string) => ({
    post: { id: 1, tags: [{ by: perVisitor({ name }) }], note: perVisitor(`by ${name}`) },
  })
  test.each([
    '{{ post | dump | safe }}',
    '{{ [post.tags] | dump }}',
    '{{ { a: post } | dump }}',
    '{{ [post] | join(",", "note") }}',
  ])('%s is a leak', async (body) => {
    const { cache } = cacheOf(`{% cache "a", post.id %}${body}{% endcache %}`)
    await expect(cache.render('page', post('Anna'))).rejects.toThrow(
      /is given, which is marked by perVisitor/,
    )
  })
})

describe('renderString', () => {
  const environmentOf = (cache: FragmentCache, templates: Record<string, string>) => {
    const environment = new nunjucks.Environment(new TestLoader(templates))
    installCache(environment, cache)
    return (text: string, data: object) =>
      new Promise<string>((resolve) => {
        environment.renderString(text, data, (error, html) => resolve(error ? error.message : `${html}`))
      })
  }
  const TEXTS = [
    '{% cache "h" %}Hello {{ user.name }}{% endcache %}',
    '{% cache "h" %}{% include "i" %}{% endcache %}',
  ]

  test.each(TEXTS)('%s is looked at as a file is', async (text) => {
    const { cache } = cacheOf('')
    const render = environmentOf(cache, { i: 'Hello {{ user.name }}' })
    expect(await render(text, { user: { name: 'Anna' } })).toMatch(/The fragment "h" .* reads user\.name/)
  })

  test.each(TEXTS)('%s is not shared in production', async (text) => {
    const { cache, events } = cacheOf('', { safety: 'uncached' })
    const render = environmentOf(cache, { i: 'Hello {{ user.name }}' })
    for (const name of ['Anna', 'Berta']) {
      expect(await render(text, { user: { name } })).toBe(`Hello ${name}`)
      await new Promise((resolve) => setImmediate(resolve))
      await cache.settled()
    }
    expect(told(events, 'write')).toEqual([])
  })
})

test('an async detectLeaks is refused at the door', () => {
  expect(() => cacheOf('', { safety: { detectLeaks: (async () => []) as never } })).toThrow(
    /detectLeaks must be a function that returns an array, not a Promise/,
  )
})
