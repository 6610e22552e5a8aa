import nunjucks from 'nunjucks'
import { NotYetError, OptionError, TagError } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { cacheOf, TestLoader } from '../../helpers/templates.ts'

/** Each is on line 3 of its template. */
test.each<[string, string, RegExp]>([
  ['no name', '{% cache %}x{% endcache %}', /begins with its name/],
  ['a computed name', '{% cache name %}x{% endcache %}', /begins with its name, a literal text/],
  [
    'an unknown option',
    '{% cache "a", tll="5m" %}x{% endcache %}',
    /has no option "tll": there are "ttl", "tags", "vary", "if" and "bubble"/,
  ],
  ['a name at the end tag', '{% cache "a" %}x{% endcache "a" %}', /endcache %} takes no name/],
  ['a bare name at the end tag', '{% cache "a" %}x{% endcache a %}', /endcache %} takes no name/],
  [
    'a block inside',
    '{% cache "a" %}{% block b %}{% endblock %}{% endcache %}',
    /put the cache tag inside the block/,
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
  ['no end', '{% cache "a" %}x', /endcache/],
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

test.each(['stale="1m"', 'until=1'])('%s is not there yet', async (option) => {
  const { cache } = cacheOf(`\n{% cache "a", ${option} %}x{% endcache %}`)
  await expect(cache.render('page')).rejects.toThrow(NotYetError)
  await expect(cache.render('page')).rejects.toThrow(/is not there yet \(page, line 2\)/)
})

test('neither is nocache', async () => {
  const { cache } = cacheOf({
    page: '{% cache "a" %}\n{% nocache %}x{% endnocache %}{% endcache %}',
  })
  await expect(cache.render('page')).rejects.toThrow(/nocache %} is not there yet \(page, line 2\)/)
})

describe('nunjucksEngine', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /takes options such as/],
    [{}, /option root takes the folder/],
    [{ root: 5 }, /option root takes the folder/],
    [{ root: 'no-such-folder' }, /does not exist: .*no-such-folder/],
    [{ root: 'test', caching: false }, /Unknown option caching of nunjucksEngine\. Allowed are root/],
    [{ root: 'test', cache: 'no' }, /option cache takes true or false/],
    [{ root: 'test', version: {} }, /option version/],
    [{ environment: {} }, /nunjucks Environment/],
    [{ environment: new nunjucks.Environment(), root: 'test' }, /brings its own root/],
    [{ environment: new nunjucks.Environment(), autoescape: false }, /brings its own autoescape/],
  ])('%o is refused', (options, message) => {
    expect(() => nunjucksEngine(options as never)).toThrow(OptionError)
    expect(() => nunjucksEngine(options as never)).toThrow(message)
  })

  test('an environment with a cache tag of its own is refused, with what to do', () => {
    const environment = new nunjucks.Environment()
    environment.addExtension('OldCache', { tags: ['cache'], parse: () => undefined } as never)
    expect(() => nunjucksEngine({ environment })).toThrow(/removeExtension\("OldCache"\)/)
  })

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
