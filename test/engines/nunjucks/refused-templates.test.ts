import nunjucks from 'nunjucks'
import { FragmentCache, lazy, OptionError, TagError } from 'onetrip'
import { installCache, nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { cacheOf, TestLoader } from '../../helpers/templates.ts'

/** Each is on line 3 of its template. */
test.each<[string, string, RegExp]>([
  ['no name', '{% cache %}x{% endcache %}', /must begin with its name/],
  ['a computed name', '{% cache name %}x{% endcache %}', /must begin with its name, a string literal/],
  [
    'an unknown option',
    '{% cache "a", tll="5m" %}x{% endcache %}',
    /has no option "tll" \(did you mean "ttl"\?\): there are "ttl", "stale", "until", "tags", "vary", "if", "bubble" and "allowEmpty"/,
  ],
  ['no comma', '{% cache "a" ttl="5m" %}x{% endcache %}', /arguments of a cache tag are separated by commas/],
  ['a colon', '{% cache "a", ttl: "5m" %}x{% endcache %}', /its options are written with =/],
  ['a name at the end tag', '{% cache "a" %}x{% endcache "a" %}', /endcache %} takes no name/],
  ['a bare name at the end tag', '{% cache "a" %}x{% endcache a %}', /endcache %} takes no name/],
  [
    'a block inside',
    '{% cache "a" %}{% block b %}{% endblock %}{% endcache %}',
    /put the tag inside the block/,
  ],
  ['extends inside', '{% cache "a" %}{% extends "b" %}{% endcache %}', /belongs at the top/],
  [
    'caller() inside',
    '{% macro m() %}{% cache "a" %}{{ caller() }}{% endcache %}{% endmacro %}',
    /inside the \{% call %\}/,
  ],
  [
    'an asynchronous filter among the arguments',
    '{% cache "a", n | later %}x{% endcache %}',
    /set a variable before the tag/,
  ],
  [
    'super() among the arguments',
    '{% block b %}{% cache "a", super() %}x{% endcache %}{% endblock %}',
    /super\(\) in its arguments/,
  ],
  [
    'a macro of a body, used outside',
    '{% cache "a" %}{% macro m() %}{% endmacro %}{% endcache %}{{ m() }}',
    /make it before the tag/,
  ],
  [
    'a cycler of the page in a body',
    '{% set c = cycler("a", "b") %}{% cache "a" %}{{ c.next() }}{% endcache %}',
    /take its value before the tag, \{% set value = c\.next\(\) %\}/,
  ],
  [
    'a joiner of the page in a body',
    '{% set j = joiner() %}{% for x in [1] %}{% cache "a" %}{{ j() }}{% endcache %}{% endfor %}',
    /The joiner "j" is used inside a cache tag/,
  ],
  [
    'a joiner of a body in another one in there',
    '{% cache "b" %}{% set j = joiner() %}{% for x in [1] %}{% cache "a" %}{{ j() }}{% endcache %}{% endfor %}{% endcache %}',
    /The joiner "j" is used inside a cache tag/,
  ],
  [
    'a joiner of the page in a body, where another body has one of that name',
    '{% set j = joiner() %}{% cache "b" %}{% set j = joiner() %}{{ j() }}{% endcache %}{% cache "a" %}{{ j() }}{% endcache %}',
    /The joiner "j" is used inside a cache tag/,
  ],
  ['no end', '{% cache "a" %}x', /endcache/],
  ['a hole with no end', '{% cache "a" %}{% nocache %}x{% endcache %}', /endnocache %} is missing/],
  ['a fragment with no end', '{% nocache %}{% cache "a" %}x{% endnocache %}', /endcache %} is missing/],
  ['a name at the end of a hole', '{% nocache %}x{% endnocache x %}', /endnocache %} takes no name/],
  [
    'a hole that is given a value without a name',
    '{% nocache n %}x{% endnocache %}',
    /needs from around it by name/,
  ],
  [
    'a hole that reads a loop variable',
    '{% for film in [1] %}{% cache "a", film %}{% nocache %}{{ film }}{% endnocache %}{% endcache %}{% endfor %}',
    /reads "film", which the template around it sets.*Pass it by name: \{% nocache film=film %\}/,
  ],
  [
    'a hole that is given some of what it reads',
    '{% for film in [1] %}{% nocache id=film.id, n=[1, "a"] %}{{ id }}{{ film }}{% endnocache %}{% endfor %}',
    /Pass it by name: \{% nocache id=film\.id, n=\[1, "a"\], film=film %\}/,
  ],
  [
    'a hole that reads loop.index',
    '{% for film in [1] %}{% nocache %}{{ loop.index }}{% endnocache %}{% endfor %}',
    /reads "loop"/,
  ],
  [
    'a hole that reads what is set around it',
    '{% set a = 1 %}{% if n %}{% nocache %}{{ a }}{% endnocache %}{% endif %}',
    /nocache a=a/,
  ],
  [
    'a hole that reads what is set behind it',
    '{% cache "a" %}{% nocache %}{{ a }}{% endnocache %}{% set a = 1 %}{% endcache %}',
    /nocache a=a/,
  ],
  [
    "a hole that reads a macro's argument",
    '{% macro m(film, size=1) %}{% nocache %}{{ size }}{% endnocache %}{% endmacro %}',
    /nocache size=size/,
  ],
  [
    'a hole that uses a macro of a body',
    '{% cache "a" %}{% macro m() %}{% endmacro %}{% nocache %}{{ m() }}{% endnocache %}{% endcache %}',
    /reads "m"/,
  ],
  [
    'a hole that uses a macro that reads what is set around it',
    '{% set a = 1 %}{% macro m() %}{{ a }}{% endmacro %}{% nocache %}{{ m() }}{% endnocache %}',
    /reads "a", by m, which .*Give the macro what it needs as an argument/,
  ],
  [
    'a block in a hole',
    '{% nocache %}{% block b %}{% endblock %}{% endnocache %}',
    /put the tag inside the block/,
  ],
  [
    'super() in a hole',
    '{% block b %}{% nocache %}{{ super() }}{% endnocache %}{% endblock %}',
    /super\(\) cannot stand inside/,
  ],
])('%s is refused when the template is compiled, with its name and line', async (_what, tag, message) => {
  for (const caching of [true, false]) {
    const environment = new nunjucks.Environment(new TestLoader({ 'shop/page.njk': `1\n2\n${tag}` }))
    environment.addFilter('later', (_value: unknown, done: () => void) => done(), true)
    const { cache } = cacheOf({}, { engine: nunjucksEngine({ environment, cache: caching }) })
    const failed = cache.render('shop/page.njk', { n: 1 })
    await expect(failed).rejects.toThrow(TagError)
    await expect(failed).rejects.toThrow(message)
    await expect(failed).rejects.toThrow(/\(shop\/page\.njk, line 3\)/)
  }
})

/** Each is in an include, on line 2, which the compiler has not seen together with the page. */
test.each<[string, string, string, RegExp]>([
  [
    'a loop variable of the page',
    '{% for film in [1] %}{% include "inc" %}{% endfor %}',
    '{{ film }}',
    /reads "film", which code around it has set \(inc, line 2\).*\{% nocache film=film %\}/,
  ],
  ['a name that the page sets', '{% set n = 2 %}{% include "inc" %}', '{{ n }}', /reads "n"/],
])('%s is refused in a hole when it is met', async (_what, page, inside, message) => {
  const templates = { page, inc: `\n{% cache "a", 1 %}{% nocache %}${inside}{% endnocache %}{% endcache %}` }
  for (const caching of [true, false]) {
    const environment = new nunjucks.Environment(new TestLoader(templates))
    const { cache } = cacheOf({}, { engine: nunjucksEngine({ environment, cache: caching }) })
    await expect(cache.render('page', { n: 1 })).rejects.toThrow(TagError)
    await expect(cache.render('page', { n: 1 })).rejects.toThrow(message)
  }
})

class Film {
  id = 1
}

test.each<[string, unknown, RegExp]>([
  ['a Date', new Date(0), /an object of the class Date/],
  ['an object of a class', new Film(), /an object of the class Film/],
  ['one deep inside', { list: [new Map()] }, /is or has an object of the class Map/],
  ['a function', () => 1, /is a function/],
  ['NaN', Number.NaN, /is NaN/],
  ['a bigint', 1n, /is a bigint/],
  ['undefined in an object', { a: undefined }, /has undefined in it/],
  ['a lazy value in an object', { a: lazy(() => 1) }, /an object of the class Lazy/],
])('%s cannot be passed to a hole', async (_what, value, message) => {
  for (const caching of [true, false]) {
    const environment = new nunjucks.Environment(
      new TestLoader({ page: '\n{% cache "a" %}{% nocache v=value %}{{ v }}{% endnocache %}{% endcache %}' }),
    )
    const { cache } = cacheOf({}, { engine: nunjucksEngine({ environment, cache: caching }) })
    const failed = cache.render('page', { value })
    await expect(failed).rejects.toThrow(TagError)
    await expect(failed).rejects.toThrow(/The value "v" of a \{% nocache %\} .* \(page, line 2\)/)
    await expect(failed).rejects.toThrow(message)
  }
})

test('a SafeString cannot be passed either, and the hint says where to mark it', async () => {
  const { cache } = cacheOf('{% nocache v="<b>" | safe %}{{ v }}{% endnocache %}')
  await expect(cache.render('page')).rejects.toThrow(/use the filter safe inside/)
})

test("an undefined argument is null in a hole, and hides the page's name", async () => {
  const { html } = cacheOf(
    '{% cache "a" %}{% nocache user=nobody.user %}[{{ user }}]{% endnocache %}{% endcache %}',
  )
  expect(await html({ user: 'Ann' })).toBe('[]')
  expect(await html({ user: 'Ann' })).toBe('[]')
})

describe('nunjucksEngine', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /must be an object such as/],
    [{}, /option root must be the folder/],
    [{ root: 5 }, /option root must be the folder/],
    [{ root: 'no-such-folder' }, /does not exist: .*no-such-folder/],
    [
      { root: 'test', caching: false },
      /nunjucksEngine has no option "caching": did you mean "cache"\? It takes: root/,
    ],
    [{ root: 'test', cache: 'no' }, /option cache must be true or false/],
    [{ root: 'test', autoescape: 'yes' }, /option autoescape must be true or false, not 'yes'/],
    [{ root: 'test', noCache: 1 }, /option noCache must be true or false/],
    [{ root: 'test', tags: '<%' }, /option tags must be an object of delimiters/],
    [{ environment: nunjucks }, /must be a nunjucks Environment.*the module nunjucks itself/],
    [{ root: 'test', version: {} }, /option version/],
    [{ environment: {} }, /nunjucks Environment/],
    [{ environment: new nunjucks.Environment(), root: 'test' }, /brings its own root/],
    [{ environment: new nunjucks.Environment(), autoescape: false }, /brings its own autoescape/],
  ])('%o is refused', (options, message) => {
    expect(() => nunjucksEngine(options as never)).toThrow(OptionError)
    expect(() => nunjucksEngine(options as never)).toThrow(message)
  })

  test('the error of a missing template says where it was looked for, and how to add extensions', async () => {
    const cache = new FragmentCache({
      store: memoryStore(),
      engine: nunjucksEngine({ root: import.meta.dirname }),
    })
    const message = (name: string) => cache.render(name).catch((error: Error) => error.message)
    expect(await message('home.njk')).toBe(`template not found: home.njk (looked in ${import.meta.dirname})`)
    expect(await message('home')).toContain(
      "write home.njk, or set one for all: the option render: { viewExt: 'njk' } on Fastify",
    )
    await cache.close()
  })

  test('an environment with its own cache tag is refused, and the error says what to do', () => {
    const environment = new nunjucks.Environment()
    environment.addExtension('OldCache', { tags: ['cache'], parse: () => undefined } as never)
    expect(() => nunjucksEngine({ environment })).toThrow(/removeExtension\("OldCache"\)/)
  })

  test.each(['cache', 'nocache', 'head'])(
    'a tag of the user named %s is refused, before or afterwards',
    (tag) => {
      const own = { tags: ['mine', tag], parse: () => undefined } as never
      const before = new nunjucks.Environment()
      before.addExtension('Mine', own)
      expect(() => nunjucksEngine({ environment: before })).toThrow(
        new RegExp(`the tag {% ${tag} %} already: "Mine"`),
      )
      const environment = new nunjucks.Environment()
      installCache(environment, new FragmentCache({ store: memoryStore() }))
      expect(() => environment.addExtension('Mine', own)).toThrow(OptionError)
      expect(() => environment.addExtension('Mine', own)).toThrow(
        new RegExp(`"Mine" is for the tag {% ${tag} %}, which is onetrip's`),
      )
      expect(environment.hasExtension('Mine')).toBe(false)
      environment.addExtension('Mine', { tags: ['mine'], parse: () => undefined } as never)
      expect(environment.hasExtension('Mine')).toBe(true)
    },
  )

  test('one environment may have several engines', () => {
    const environment = new nunjucks.Environment()
    nunjucksEngine({ environment })
    expect(nunjucksEngine({ environment, version: 2 }).digest).not.toBe(
      nunjucksEngine({ environment }).digest,
    )
  })
})

describe('templates that nunjucks precompiled', () => {
  const precompiled = (name: string, source: string, environment: nunjucks.Environment) => {
    const code = nunjucks.precompileString(source, { name, env: environment, asFunction: false })
    const window: { nunjucksPrecompiled?: Record<string, unknown> } = {}
    new Function('window', code)(window)
    return window.nunjucksPrecompiled ?? {}
  }
  const loaderOf = (templates: Record<string, unknown>) =>
    new (nunjucks as unknown as { PrecompiledLoader: new (t: object) => nunjucks.ILoader }).PrecompiledLoader(
      templates,
    )

  test('run, are included by cached fragments, and are digested by their code', async () => {
    const stock = new nunjucks.Environment()
    const make = (text: string) => {
      const environment = new nunjucks.Environment([
        new TestLoader({
          page: '{% cache "a" %}{% include "card" %}{% endcache %}{% include "list" %}',
          part: 'p{{ n }}',
        }),
        loaderOf({
          ...precompiled('card', `${text}{{ n }}{% include "part" %}`, stock),
          ...precompiled('list', '{% for x in [1, 2] %}{{ loop.index }}{% endfor %}', stock),
        }),
      ] as never)
      return nunjucksEngine({ environment })
    }
    const { cache, html } = cacheOf({}, { engine: make('card ') })
    expect(await html({ n: 5 })).toBe('card 5p512')
    expect((await cache.render('page', { n: 6 })).body.toString()).toBe('card 5p512')
  })

  test('with a cache tag are refused', async () => {
    const with_ = new nunjucks.Environment()
    nunjucksEngine({ environment: with_ })
    const templates = precompiled('page', '{% cache "a", ttl="1m" %}x{% endcache %}', with_)
    const environment = new nunjucks.Environment([loaderOf(templates)] as never)
    const { cache } = cacheOf({}, { engine: nunjucksEngine({ environment }) })
    await expect(cache.render('page')).rejects.toThrow(/page was precompiled by nunjucks and has a cache tag/)
  })
})
