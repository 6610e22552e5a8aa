import nunjucks from 'nunjucks'
import { FragmentCache, lazy } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'
import { setUp } from './oracle/setup.ts'

/** Templates that throw, with the expected template, line and message of the innermost error. */
const FAILING: Record<string, { source: string; others?: Record<string, string>; message: RegExp }> = {
  'a lazy value that rejects': {
    source: '\n{{ film.reviews }}',
    message: /reviews.*query failed/s,
  },
  'a function': { source: '\n{{ boom() }}', message: /\(inner\) \[Line 2,.*boom/s },
  'a getter': { source: '\n{{ film.broken }}', message: /\(inner\).*broken getter/s },
  'a filter': { source: '\n{{ 1 | burst }}', message: /\(inner\) \[Line 2,.*burst/s },
  'a filter that is not there': { source: '\n{{ 1 | nowhere }}', message: /\(inner\).*filter not found/s },
  'a template that is not there': { source: '\n{% include "nowhere" %}', message: /\(inner\).*nowhere/s },
  'a loader': { source: '\n{% include "unreadable" %}', message: /\(inner\).*unreadable/s },
  'an import that is not there': { source: '\n{% import "nowhere" as x %}', message: /nowhere/ },
  'a name that is not exported': {
    source: '\n{% from "lib2" import nope %}',
    message: /cannot import 'nope'/,
  },
  'a parent that is not there': { source: '\n{% extends "nowhere" %}', message: /nowhere/ },
  'an asynchronous filter': { source: '\n{{ 1 | breaks }}', message: /\(inner\).*broke/s },
  'a syntax error': { source: '\n{% if %}', message: /\(inner\) \[Line 2/ },
  'an include of an include': {
    source: '{% include "deep" %}',
    others: { deep: '\n\n{{ boom() }}' },
    message: /\(deep\) \[Line 3,.*boom/s,
  },
  'a block': { source: '\n{% block b %}{{ boom() }}{% endblock %}', message: /\(inner\) \[Line 2,.*boom/s },
}

/**
 * Where the include stands: what is called has to be there at once, and its template's own run may
 * be over.
 */
const PLACES: Record<string, { page: string; lib?: string }> = {
  'a macro of another template': {
    page: '{% from "lib" import box %}{% cache "a" %}before {{ box(film) }} after{% endcache %}',
    lib: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}',
  },
  'a macro of the page': {
    page: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}{% cache "a" %}before {{ box(film) }} after{% endcache %}',
  },
  'a macro whose text is used': {
    page: '{% from "lib" import box %}{% cache "a" %}before {{ box(film) | upper }} after{% endcache %}',
    lib: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}',
  },
  'a macro of a macro': {
    page: '{% from "lib" import box %}{% cache "a" %}before {{ box(film) }} after{% endcache %}',
    lib: '{% macro in(film) %}{% include "inner" %}{% endmacro %}{% macro box(film) %}<b>{{ in(film) }}</b>{% endmacro %}',
  },
  'a macro in a loop': {
    page: '{% from "lib" import box %}{% cache "a" %}{% for x in [1, 2] %}{{ box(film) }}{% endfor %} after{% endcache %}',
    lib: '{% macro box(film) %}{% for y in [1, 2] %}<b>{% include "inner" %}</b>{% endfor %}{% endmacro %}',
  },
  'a call block': {
    page: '{% from "lib" import box %}{% cache "a" %}{% call box() %}{% include "inner" %}{% endcall %} after{% endcache %}',
    lib: '{% macro box() %}<b>{{ caller() }}</b>{% endmacro %}',
  },
  'a set block of a macro': {
    page: '{% from "lib" import box %}{% cache "a" %}{{ box(film) }} after{% endcache %}',
    lib: '{% macro box(film) %}{% set t %}{% include "inner" %}{% endset %}{{ t }}{% endmacro %}',
  },
  'a set block': {
    page: '{% cache "a" %}{% set t %}{% include "inner" %}{% endset %}{{ t }} after{% endcache %}',
  },
  'a set block that nothing reads': {
    page: '{% cache "a" %}{% set t %}{% include "inner" %}{% endset %} after{% endcache %}',
  },
  'a filter block': {
    page: '{% cache "a" %}{% filter upper %}{% include "inner" %}{% endfilter %} after{% endcache %}',
  },
  'a filter block of a macro': {
    page: '{% from "lib" import box %}{% cache "a" %}{{ box(film) }} after{% endcache %}',
    lib: '{% macro box(film) %}{% filter upper %}{% include "inner" %}{% endfilter %}{% endmacro %}',
  },
  'a switch of a macro': {
    page: '{% from "lib" import box %}{% cache "a" %}{{ box(film) }} after{% endcache %}',
    lib: '{% macro box(film) %}{% switch 1 %}{% case 1 %}{% include "inner" %}{% endswitch %}{% endmacro %}',
  },
  'a foreign tag': {
    page: '{% cache "a" %}{% shout "!" %}{% include "inner" %}{% endshout %} after{% endcache %}',
  },
  'a foreign tag of a macro': {
    page: '{% from "lib" import box %}{% cache "a" %}{{ box(film) }} after{% endcache %}',
    lib: '{% macro box(film) %}{% shout "!" %}{% include "inner" %}{% endshout %}{% endmacro %}',
  },
  'a nested fragment': {
    page: '{% from "lib" import box %}{% cache "a" %}{% cache "b" %}{{ box(film) }}{% endcache %} after{% endcache %}',
    lib: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}',
  },
  'a fragment of a macro': {
    page: '{% from "lib" import box %}{% cache "a" %}{{ box(film) }} after{% endcache %}',
    lib: '{% macro box(film) %}{% cache "b" %}{% include "inner" %}{% endcache %}{% endmacro %}',
  },
  'a hole': {
    page: '{% from "lib" import box %}{% cache "a" %}{% nocache %}{{ box(film) }}{% endnocache %} after{% endcache %}',
    lib: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}',
  },
  'an include that calls a macro': {
    page: '{% cache "a" %}{% include "calls" %} after{% endcache %}',
    lib: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}',
  },
  'the page, which runs again': {
    page: '{% from "lib" import box %}{{ slow }}{{ box(film) }}{% cache "a" %}a{% endcache %} after',
    lib: '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}',
  },
}

class FailingLoader extends TestLoader {
  override getSource(name: string): nunjucks.LoaderSource {
    if (name === 'unreadable') throw new Error('unreadable: permission denied')
    return super.getSource(name)
  }
}

function environmentOf(templates: Record<string, string>): nunjucks.Environment {
  const environment = new nunjucks.Environment(new FailingLoader(templates))
  setUp(environment)
  environment.addGlobal('boom', () => {
    throw new TypeError('boom')
  })
  environment.addFilter('burst', () => {
    throw new TypeError('burst')
  })
  environment.addFilter(
    'breaks',
    (_value: unknown, done: (e: Error) => void) => done(new Error('broke')),
    true,
  )
  return environment
}

const dataOf = () => ({
  slow: lazy(async () => 'slow'),
  film: {
    reviews: lazy(async () => {
      throw new Error('query failed')
    }),
    get broken() {
      throw new Error('broken getter')
    },
  },
})

async function failureOf(templates: Record<string, string>, caching: boolean) {
  const engine = nunjucksEngine({ environment: environmentOf(templates), cache: caching })
  const store = memoryStore()
  const cache = new FragmentCache({ store, engine, ttl: '5m' })
  const written: string[] = []
  cache.on((event) => {
    if (event.type === 'write') written.push(event.name)
  })
  const render = () =>
    cache.render('page', dataOf()).then(
      ({ body }) => `rendered: ${body}`,
      (error: Error) => error.message,
    )
  const first = await render()
  await cache.settled()
  const again = await render()
  await cache.settled()
  await cache.close()
  return { first, again, written }
}

/**
 * The place and the message of the innermost error; the includes on the way to it are another
 * matter.
 */
const innermost = (message: string) =>
  message
    .split('\n')
    .slice(-2)
    .join('\n')
    .replace(/^.*?Template render error: /, '')

for (const [place, { page, lib = '' }] of Object.entries(PLACES)) {
  test.each(Object.entries(FAILING))(
    `%s in ${place} fails as without caching, and nothing is stored`,
    async (_what, { source, others, message }) => {
      const calls = '{% from "lib" import box %}{{ box(film) }}'
      const templates = { page, lib, calls, inner: source, lib2: '', ...others }
      const off = await failureOf(templates, false)
      expect(off.first).toMatch(message)
      const on = await failureOf(templates, true)
      expect(innermost(on.first)).toBe(innermost(off.first))
      expect(innermost(on.again)).toBe(innermost(off.first))
      expect(on.written).toEqual([])
    },
  )
}

test('a macro that nunjucks precompiled fails as without caching, and nothing is stored', async () => {
  const lib = '{% macro box(film) %}<b>{% include "inner" %}</b>{% endmacro %}'
  const { render, written } = precompiledLib(lib, '\n{{ boom() }}')
  expect(await render(false)).toMatch(/\(inner\) \[Line 2,.*boom/s)
  expect(innermost(await render(true))).toBe(innermost(await render(false)))
  expect(written).toEqual([])
})

const loaderOf = (templates: object) =>
  new (nunjucks as unknown as { PrecompiledLoader: new (t: object) => nunjucks.ILoader }).PrecompiledLoader(
    templates,
  )

function precompiledLib(lib: string, inner: string) {
  const code = nunjucks.precompileString(lib, { name: 'lib', asFunction: false })
  const precompiled = new Function('window', `${code}; return window.nunjucksPrecompiled`)({})
  const page = '{% from "lib" import box %}{% cache "a" %}before {{ box() }} after{% endcache %}'
  const written: string[] = []
  const render = async (caching: boolean): Promise<string> => {
    const environment = new nunjucks.Environment([loaderOf(precompiled), new TestLoader({ page, inner })])
    environment.addGlobal('boom', () => {
      throw new TypeError('boom')
    })
    const engine = nunjucksEngine({ environment, cache: caching })
    const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m' })
    cache.on((event) => {
      if (event.type === 'write') written.push(event.name)
    })
    const shown = await cache.render('page').then(
      ({ body }) => body.toString(),
      (error: Error) => error.message,
    )
    await cache.settled()
    return shown
  }
  return { render, written }
}

test.each([
  ['an asynchronous filter', '{{ film.name | later }}'],
  ['a template of an asynchronous loader', '{% include "slow" %}'],
  ['an asynchronous tag', '{% shoutlater "!" %}x{% endshoutlater %}'],
])(
  'a macro that ends before %s in it loses the text, as in nunjucks, and is not stored',
  async (_what, waits) => {
    const make = (page: string) => {
      const lib = `{% macro box(film) %}<b>${waits}</b>{% endmacro %}`
      const loaders = [new SlowLoader({ slow: 'slow' }), new TestLoader({ page, lib })]
      const environment = new nunjucks.Environment(loaders)
      setUp(environment)
      return environment
    }
    const data = { film: { name: 'Alien' } }
    const stock = await new Promise((resolve) =>
      make('{% from "lib" import box %}before {{ box(film) }} after').render('page', data, (_error, html) =>
        resolve(html),
      ),
    )
    const environment = make(
      '{% from "lib" import box %}{% cache "a" %}before {{ box(film) }} after{% endcache %}',
    )
    const engine = nunjucksEngine({ environment })
    const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m' })
    const events: string[] = []
    cache.on((event) => {
      if (event.type === 'skip') events.push(`${event.name}: ${event.reason}`)
      if (event.type === 'write') events.push(`${event.name} written`)
    })
    const { body } = await cache.render('page', data)
    await cache.settled()
    expect(body.toString()).toBe(stock)
    expect(events).toEqual([expect.stringMatching(/^a: .*line 1 of lib ends before what it waits for/)])
  },
)

class SlowLoader extends nunjucks.Loader {
  readonly async = true
  readonly templates: Record<string, string>

  constructor(templates: Record<string, string>) {
    super()
    this.templates = templates
  }

  getSource(name: string, callback: (error: null, source: nunjucks.LoaderSource | null) => void): never {
    const src = this.templates[name]
    if (src === undefined) callback(null, null)
    else setImmediate(callback, null, { src, path: name, noCache: true })
    return undefined as never
  }
}
