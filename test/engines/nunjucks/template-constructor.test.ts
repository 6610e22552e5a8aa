import nunjucks from 'nunjucks'
import { FragmentCache, lazy } from 'onetrip'
import { installCache } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'
import { setUp } from './oracle/setup.ts'
import { StockCache } from './oracle/stock-cache.ts'

/** Templates that a program makes itself, with `new nunjucks.Template` or `nunjucks.compile`. */

const FILES = {
  layout: '<{% block main %}layout {{ n }}{% endblock %}{% block foot %}foot{% endblock %}>{{ title }}',
  middle: '{% extends "layout" %}{% block main %}middle {{ super() }}{% endblock %}',
  part: '[part {{ n }}{{ local }}]',
  wide: '[{% for x in list %}{{ loop.index }}{{ x }}{% include "part" %}{% endfor %}]',
  lib: '{% macro box(x) %}({{ x }}{% include "part" %}){% endmacro %}{% set shown = "set" %}',
  cards: '{% cache "card", n %}card {{ n }}{% endcache %}',
  broken: 'a\n{% if %}',
  throws: 'a\n{{ nothing.here() }}',
}

const PAGES: Record<string, string> = {
  plain: '{{ n }} & {{ html }}',
  include: 'before {% include "part" %} after {% include "wide" %}',
  'include without a file': '{% include "nowhere" ignore missing %}.',
  extends: '{% extends "layout" %}{% set title = "t" %}{% block main %}page {{ super() }}{% endblock %}',
  'extends twice': '{% extends "middle" %}{% block main %}page {{ super() }}{% endblock %}',
  import: '{% import "lib" as lib %}{{ lib.box(n) }}{{ lib.shown }}',
  'from import': '{% from "lib" import box with context %}{{ box(n) }}',
  'a scope of a body': '{% set v = 1 %}{% cache "v" %}{% set v = 2 %}{{ v }}{% endcache %}',
  'cache inside of an include': '{% include "cards" %}{% cache "own", n %}{{ n }}{% endcache %}',
  'nocache and head': '{% cache "a", n %}{% nocache n=n %}{{ n }}{% endnocache %}{% endcache %}',
  'async filter': '{{ n | later }} {{ n | soon }}',
  'async filter in a loop': '{% for x in list %}\n  {{ x | later }}\n{% endfor %}',
  'first line empty': '\n{{ n }}\n',
  'error on the first line': '{{ n }}{% if %}',
  'error of a parser': 'a\n  {{ n }}{% if %}',
  'error in a page': 'a\n  {{ n.x.y }}{{ missing() }}',
  'error in an include': '{% include "throws" %}',
  'error in an include of one that is broken': '{% include "broken" %}',
  'error in a parent': '{% extends "throws" %}',
  'no such file': '{% include "nowhere" %}',
}

const DATA = { n: 7, html: '<b>', list: ['x', 'y'], local: '' }
const OPTIONS = [{}, { trimBlocks: true, lstripBlocks: true }, { tags: { blockStart: '<%', blockEnd: '%>' } }]

type Make = (source: string, environment: nunjucks.Environment) => nunjucks.Template
const MAKERS: Record<string, Make> = {
  'new Template': (source, environment) => new nunjucks.Template(source, environment),
  'new Template with a path': (source, environment) => new nunjucks.Template(source, environment, 'p.njk'),
  compile: (source, environment) => nunjucks.compile(source, environment),
  'an eager Template': (source, environment) => new nunjucks.Template(source, environment, 'p.njk', true),
}

function environmentOf(options: object = {}): nunjucks.Environment {
  const delimited = (text: string) =>
    'tags' in options ? text.replaceAll('{%', '<%').replaceAll('%}', '%>') : text
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, delimited(text)]))
  const environment = new nunjucks.Environment(new TestLoader(files), options)
  setUp(environment)
  return environment
}

function stockOf(options?: object): nunjucks.Environment {
  const environment = environmentOf(options)
  environment.addExtension('StockCache', new StockCache())
  return environment
}

async function shown(render: () => unknown): Promise<string> {
  try {
    return String(await render())
  } catch (error) {
    return `failed: ${(error as Error).name} ${(error as Error).message}`
  }
}

const waited = (template: nunjucks.Template, data: object) =>
  new Promise((resolve, reject) =>
    template.render(data, (error, html) => (error ? reject(error) : resolve(html))),
  )

let cache: FragmentCache
let warning: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  cache = new FragmentCache({ store: memoryStore(), ttl: '5m' })
  warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(async () => {
  warning.mockRestore()
  await cache.close()
})

function installed(options?: object): nunjucks.Environment {
  const environment = environmentOf(options)
  installCache(environment, cache)
  return environment
}

/** Bodies have a scope of their own, and the messages of errors are more exact than in stock. */
const UNLIKE_STOCK = new Set(['a scope of a body', 'nocache and head'])

/** Without a callback stock throws this error when nobody can catch it any more. */
const THROWN_LATER = 'error in an include of one that is broken'

describe.each(Object.entries(MAKERS))('%s', (_maker, make) => {
  describe.each(OPTIONS)('with the options %j', (options) => {
    test.each(Object.keys(PAGES))('%s: as stock gives it, again and again', async (name) => {
      const page = PAGES[name] as string
      const source = 'tags' in options ? page.replaceAll('{%', '<%').replaceAll('%}', '%>') : page
      const environment = installed(options)
      const atOnce = await shown(() => environment.renderString(source, DATA))
      const later = await shown(() => waitedText(environment, source))
      if (!UNLIKE_STOCK.has(name)) {
        const stock = await shown(() => waited(make(source, stockOf(options)), DATA))
        expect(withoutMessage(later)).toBe(withoutMessage(stock))
        if (name !== THROWN_LATER) {
          const stockAtOnce = await shown(() => make(source, stockOf(options)).render(DATA))
          expect(withoutMessage(atOnce)).toBe(withoutMessage(stockAtOnce))
        }
      }
      const asText = (html: string) => withoutPlace(html.replace('(p.njk)', '(unknown path)'))
      expect(asText(await shown(() => make(source, environment).render(DATA)))).toBe(withoutPlace(atOnce))
      expect(asText(await shown(() => waited(make(source, environment), DATA)))).toBe(withoutPlace(later))
      if (later.startsWith('failed')) return
      const template = make(source, environment)
      for (const _ of [1, 2, 3]) {
        expect(await shown(() => waited(template, DATA))).toBe(later)
        await settled()
      }
      expect(await shown(() => template.render(DATA))).toBe(atOnce)
    })
  })
})

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await cache.settled()
}

function waitedText(environment: nunjucks.Environment, source: string): Promise<unknown> {
  return new Promise((resolve, reject) =>
    environment.renderString(source, DATA, (error, html) => (error ? reject(error) : resolve(html))),
  )
}

/** Lines and columns of run time are stock's in a template that a program made, counted from 0. */
function withoutPlace(page: string): string {
  return page.replace(/ ?\[Line \d+(, Column \d+)?\]|\n {2}/g, '')
}

/** Messages of ours name the place of an error more exactly than those of stock. */
function withoutMessage(page: string): string {
  return page.startsWith('failed') ? 'failed' : page
}

test('an error has the message of stock nunjucks, at the first render and later', async () => {
  for (const source of [
    '\n{% block a %}\n<b>{{ fail() }}</b>{% endblock %}',
    '\n\n {{ nothing.at.all() }}',
    'a{{ b c }}',
  ]) {
    const data = { fail: () => raise(new TypeError('failed')) }
    const expected = await shown(() => waited(new nunjucks.Template(source, stockOf(), 'p.njk'), data))
    const template = new nunjucks.Template(source, installed(), 'p.njk')
    for (const _ of [1, 2, 3]) expect(await shown(() => waited(template, data))).toBe(expected)
  }
})

function raise(error: Error): never {
  throw error
}

test('a template that was compiled before renders as in stock nunjucks', async () => {
  const environment = environmentOf()
  const pages = Object.entries(PAGES).filter(([name]) => !name.includes('error') && !name.includes('cache'))
  for (const [name, source] of pages) {
    if (UNLIKE_STOCK.has(name)) continue
    const template = new nunjucks.Template(source, environment, 'p.njk', true)
    const expected = await shown(() => waited(template, DATA))
    installCache(environment, cache)
    expect(await shown(() => waited(template, DATA)), name).toBe(expected)
    expect(await shown(() => waited(template, DATA)), name).toBe(expected)
  }
})

test('code that nunjucks precompiled includes and extends templates of the environment', async () => {
  for (const name of ['include', 'extends', 'extends twice', 'import', 'from import', 'async filter']) {
    const stock = stockOf()
    const code = nunjucks.precompileString(PAGES[name] as string, { name, env: stock, asFunction: false })
    const props = (environment: nunjucks.Environment) => {
      const window: { nunjucksPrecompiled?: Record<string, object> } = {}
      new Function('window', code)(window)
      const source = { type: 'code', obj: window.nunjucksPrecompiled?.[name] }
      return new nunjucks.Template(source as never, environment, name)
    }
    const expected = await shown(() => waited(props(stock), DATA))
    const template = props(installed())
    expect(await shown(() => waited(template, DATA)), name).toBe(expected)
    expect(await shown(() => waited(template, DATA)), name).toBe(expected)
  }
})

test('code precompiled by an environment with a cache runs in any environment', async () => {
  const code = nunjucks.precompileString('{% for x in list %}{{ x }}{% endfor %}', {
    name: 'p',
    env: installed(),
    asFunction: false,
  })
  const window: { nunjucksPrecompiled?: Record<string, { root: unknown }> } = {}
  new Function('window', code)(window)
  const source = { type: 'code', obj: window.nunjucksPrecompiled?.p }
  for (const environment of [environmentOf(), installed()]) {
    expect(new nunjucks.Template(source as never, environment, 'p').render(DATA)).toBe('xy')
    const loader = new nunjucks.PrecompiledLoader(window.nunjucksPrecompiled as never)
    const loading = new nunjucks.Environment(loader)
    if (environment.hasExtension('OnetripTemplates')) installCache(loading, cache)
    expect(loading.render('p', DATA)).toBe('xy')
    expect(await waited(loading.getTemplate('p'), DATA)).toBe('xy')
  }
})

test('include, extends and import take such templates', async () => {
  const environment = installed()
  const stock = stockOf()
  const made = (env: nunjucks.Environment) => ({
    part: new nunjucks.Template(FILES.part, env),
    layout: nunjucks.compile(FILES.layout, env),
    lib: new nunjucks.Template(FILES.lib, env, 'lib'),
  })
  for (const source of [
    '{% include part %}',
    '{% extends layout %}{% block main %}x{{ super() }}{% endblock %}',
    '{% import lib as l %}{{ l.box(1) }}{% from lib import box %}{{ box(n) }}',
    '{% for x in list %}{% include part %}{% endfor %}',
  ]) {
    const expected = stock.renderString(source, { ...DATA, ...made(stock) })
    const data = { ...DATA, ...made(environment) }
    expect(environment.renderString(source, data)).toBe(expected)
    expect(nunjucks.compile(source, environment).render(data)).toBe(expected)
    expect(await waited(nunjucks.compile(source, environment), data)).toBe(expected)
  }
})

test('getExported returns the exports of the template, at the first call and later', async () => {
  const environment = installed()
  const template = new nunjucks.Template('{% set a = n %}{% macro m() %}m{% endmacro %}', environment)
  const exported = () =>
    new Promise<Record<string, unknown>>((resolve, reject) =>
      (template as never as { getExported: (...args: unknown[]) => void }).getExported(
        DATA,
        (error: unknown, names: Record<string, unknown>) => (error ? reject(error) : resolve(names)),
      ),
    )
  for (const _ of [1, 2]) {
    const { a, m } = await exported()
    expect([a, String((m as () => unknown)())]).toEqual([7, 'm'])
  }
})

test('it is cached from its second render on, and one warning says so', async () => {
  const environment = installed()
  const events: string[] = []
  cache.on(({ type }) => events.push(type))
  const template = nunjucks.compile(FILES.cards, environment)
  for (const _ of [1, 2, 3]) {
    expect(await waited(template, { n: 1 })).toBe('card 1')
    await settled()
  }
  expect(await waited(nunjucks.compile(FILES.cards, environment), { n: 1 })).toBe('card 1')
  expect(events).toEqual(['miss', 'write', 'hit'])
  expect(warning.mock.calls.map(([text]: unknown[]) => String(text))).toEqual([
    expect.stringMatching(/^A template .*made by a program, .*environment\.renderString/),
  ])
})

test('lazy values of such a template are loaded', async () => {
  const template = nunjucks.compile('{{ slow }} {% cache "a" %}{{ other }}{% endcache %}', installed())
  const data = () => ({ slow: lazy(async () => 's'), other: lazy(() => 'o') })
  for (const _ of [1, 2, 3]) expect(await waited(template, data())).toBe('s o')
})

test('no tag of the user is replaced', () => {
  const environment = installed()
  expect(environment.renderString('{{ onetrip }}', { onetrip: 1 })).toBe('1')
})
