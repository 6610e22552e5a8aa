import nunjucks from 'nunjucks'
import { FragmentCache, type FragmentCacheOptions, type FragmentEvent, TagError } from 'onetrip'
import { type NunjucksEngine, nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PATIENT } from '../../helpers/patient.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { cacheOf, TestLoader, told } from '../../helpers/templates.ts'

/** A page: its template, and its data. */
interface Page {
  readonly template: string
  readonly data?: object
}

interface Site {
  readonly templates: Record<string, string>
  /** Templates that nunjucks compiles before. */
  readonly precompiled?: Record<string, string>
  /** Two pages, or more, that bind the names of one fragment to different code. */
  readonly pages: readonly Page[]
}

const films = [{ id: 1 }, { id: 2 }]

/** One layout chosen by data: the pages share the template, and the key. */
function byData(templates: Record<string, string>, ...data: object[]): Site {
  return { templates, pages: data.map((one) => ({ template: 'page', data: { films, ...one } })) }
}

/** Two templates that use a third one. */
function byPage(templates: Record<string, string>): Site {
  return { templates, pages: ['a', 'b'].map((template) => ({ template, data: { films } })) }
}

const LIBS = {
  red: '{% macro box(x) %}<red>{{ x }}</red>{% endmacro %}',
  blue: '{% macro box(x) %}<blue>{{ x }}</blue>{% endmacro %}',
}

const SITES: Record<string, Site> = {
  'super() to a block that has a block which a child overrides': byPage({
    base: '{% block main %}<{% block inner %}base{% endblock %}>{% endblock %}',
    middle: '{% extends "base" %}{% block main %}{% cache "m" %}{{ super() }}{% endcache %}{% endblock %}',
    a: '{% extends "middle" %}{% block inner %}A{% endblock %}',
    b: '{% extends "middle" %}{% block inner %}B{{ super() }}{% endblock %}',
  }),
  'super() to a parent chosen by data': byData(
    {
      page: '{% extends layout %}{% block main %}{% cache "m" %}[{{ super() }}]{% endcache %}{% endblock %}',
      wide: '{% block main %}wide{% endblock %}',
      narrow: '{% block main %}narrow{% endblock %}',
    },
    { layout: 'wide' },
    { layout: 'narrow' },
  ),
  "super() to a grandparent chosen by data, through the parent's own fragment": byData(
    {
      page: '{% extends "middle" %}{% block main %}{% cache "out" %}[{{ super() }}]{% endcache %}{% endblock %}',
      middle:
        '{% extends layout %}{% block main %}{% cache "in" %}({{ super() }}){% endcache %}{% endblock %}',
      wide: '{% block main %}wide{% endblock %}',
      narrow: '{% block main %}narrow{% endblock %}',
    },
    { layout: 'wide' },
    { layout: 'narrow' },
  ),
  'a macro of the including page': byPage({
    part: '{% cache "p" %}{{ badge() }}{% endcache %}',
    a: '{% macro badge() %}A{% endmacro %}{% include "part" %}',
    b: '{% macro badge() %}B{% endmacro %}{% include "part" %}',
  }),
  'a macro of the including page, in an include of the body': byPage({
    part: '{% cache "p" %}{% include "inner" %}{% endcache %}',
    inner: '{{ badge() }}',
    a: '{% macro badge() %}A{% endmacro %}{% include "part" %}',
    b: '{% macro badge() %}B{% endmacro %}{% include "part" %}',
  }),
  'a macro that one page has, and the other has not': byPage({
    part: '{% cache "p" %}{% include "inner" %}{% endcache %}',
    inner: '-{% if badge %}{{ badge() }}{% endif %}-',
    a: '{% include "part" %}',
    b: '{% macro badge() %}B{% endmacro %}{% include "part" %}',
  }),
  'an import of the including page': byPage({
    ...LIBS,
    part: '{% for film in films %}{% cache "p", film.id %}{{ ui.box(film.id) }}{% endcache %}{% endfor %}',
    a: '{% import "red" as ui %}{% include "part" %}',
    b: '{% import "blue" as ui %}{% include "part" %}',
  }),
  'a name imported by the including page': byPage({
    ...LIBS,
    part: '{% cache "p" %}{{ show(1) }}{% endcache %}',
    a: '{% from "red" import box as show %}{% include "part" %}',
    b: '{% from "blue" import box as show %}{% include "part" %}',
  }),
  'a macro of the child': byPage({
    base: '{% block main %}{% cache "m" %}{{ badge() }}{% endcache %}{% endblock %}',
    a: '{% extends "base" %}{% macro badge() %}A{% endmacro %}',
    b: '{% extends "base" %}{% macro badge() %}B{% endmacro %}',
  }),
  'an import chosen by data': byData(
    { ...LIBS, page: '{% import lib as ui %}{% cache "c" %}{{ ui.box(1) }}{% endcache %}' },
    { lib: 'red' },
    { lib: 'blue' },
  ),
  'a macro as an argument': byPage({
    list: '{% macro each(items, item) %}{% for one in items %}{% cache "row", one.id %}{{ item(one.id) }}{% endcache %}{% endfor %}{% endmacro %}',
    a: '{% from "list" import each %}{% macro row(x) %}A{{ x }}{% endmacro %}{{ each(films, row) }}',
    b: '{% from "list" import each %}{% macro row(x) %}B{{ x }}{% endmacro %}{{ each(films, row) }}',
  }),
  'a member of an import as an argument': byPage({
    ...LIBS,
    list: '{% macro each(items, item) %}{% for one in items %}{% cache "row", one.id %}{{ item(one.id) }}{% endcache %}{% endfor %}{% endmacro %}',
    a: '{% from "list" import each %}{% import "red" as ui %}{{ each(films, ui.box) }}',
    b: '{% from "list" import each %}{% import "blue" as ui %}{{ each(films, ui.box) }}',
  }),
  'two macros as arguments on one page': {
    templates: {
      page: '{% macro each(items, item) %}{% for one in items %}{% cache "row", one.id %}{{ item(one.id) }}{% endcache %}{% endfor %}{% endmacro %}{% macro p(x) %}P{{ x }}{% endmacro %}{% macro q(x) %}Q{{ x }}{% endmacro %}{{ each(films, p) }}{{ each(films, q) }}{{ each(films, p) }}',
    },
    pages: [{ template: 'page', data: { films } }],
  },
  'a loop over macros': {
    templates: {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% for m in [p, q] %}{% cache "x" %}{{ m() }}{% endcache %}{% endfor %}',
    },
    pages: [{ template: 'page' }],
  },
  'a macro in a variable': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set f = p if wide else q %}{% cache "c" %}{{ f() }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro in a dict': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set kit = { show: p if wide else q } %}{% cache "c" %}{{ kit.show() }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro deep in lists and dicts': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set kit = [[{ show: [p if wide else q] }]] %}{% cache "c" %}{{ kit[0][0].show[0]() }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro deep in lists and dicts, called by a library': byData(
    {
      lib: '{% macro run(kit) %}{{ kit[0][0].show[0]() }}{% endmacro %}',
      page: '{% import "lib" as lib %}{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set kit = [[{ show: [p if wide else q] }]] %}{% cache "c" %}{{ lib.run(kit) }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro in a list, beside the same macros called by name': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set kit = [[[p if wide else q]]] %}{% cache "c" %}{{ p() }}{{ q() }}{{ kit[0][0][0]() }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro in a list that grows': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set kit = [] %}{% set kit = (kit.push(p if wide else q), kit) %}{% cache "c" %}{{ kit[0]() }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro that nunjucks precompiled': {
    ...byPage({ part: '{% cache "p" %}{{ badge() }}{% endcache %}' }),
    precompiled: {
      a: '{% macro badge() %}A{% endmacro %}{% include "part" %}',
      b: '{% macro badge() %}B{% endmacro %}{% include "part" %}',
    },
  },
  'a macro that a filter calls': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set f = p if wide else q %}{% cache "c" %}{{ f | apply }}{% endcache %}',
    },
    { wide: true },
    { wide: false },
  ),
  'a macro that calls another one, chosen by data': byData(
    {
      ...LIBS,
      page: '{% import lib as ui %}{% macro card(x) %}({{ ui.box(x) }}){% endmacro %}{% cache "c" %}{{ card(1) }}{% endcache %}',
    },
    { lib: 'red' },
    { lib: 'blue' },
  ),
  "a library with the page's context": byData(
    {
      ...LIBS,
      kit: '{% macro card(x) %}({{ ui.box(x) }}){% endmacro %}',
      page: '{% import lib as ui %}{% import "kit" as kit with context %}{% cache "c" %}{{ kit.card(1) }}{% endcache %}',
    },
    { lib: 'red' },
    { lib: 'blue' },
  ),
  "a macro of the page that reads the page's imports, called in an include": byPage({
    ...LIBS,
    part: '{% cache "p" %}{{ card(1) }}{% endcache %}',
    card: '{% macro card(x) %}({{ ui.box(x) }}){% endmacro %}{% include "part" %}',
    a: '{% import "red" as ui %}{% include "card" %}',
    b: '{% import "blue" as ui %}{% include "card" %}',
  }),
  'a fragment around one that uses it': byPage({
    ...LIBS,
    list: '{% macro each(items, item) %}{% for one in items %}{% cache "row", one.id %}{{ item(one.id) }}{% endcache %}{% endfor %}{% endmacro %}',
    part: '{% cache "all" %}{% from "list" import each %}{{ each(films, ui.box) }}{% endcache %}',
    a: '{% import "red" as ui %}{% include "part" %}',
    b: '{% import "blue" as ui %}{% include "part" %}',
  }),
  'a fragment around one that finds it deep in a list': byData(
    {
      page: '{% macro p() %}P{% endmacro %}{% macro q() %}Q{% endmacro %}{% set kit = [[[p if wide else q]]] %}{% macro each(items, item) %}{% for one in items %}{% cache "row", one.id %}{{ item() }}{% endcache %}{% endfor %}{% endmacro %}{% if first %}{{ each(films, kit[0][0][0]) }}{% endif %}{% cache "all" %}{{ each(films, kit[0][0][0]) }}{% endcache %}',
    },
    { wide: true, first: true },
    { wide: true },
    { wide: false, first: true },
    { wide: false },
  ),
  'a template that includes itself in its fragment': byPage({
    ...LIBS,
    tree: '{% cache "t", depth %}{{ ui.box(depth) }}{% if depth > 0 %}{% set depth = depth - 1 %}{% include "tree" %}{% endif %}{% endcache %}',
    a: '{% set depth = 2 %}{% import "red" as ui %}{% include "tree" %}',
    b: '{% set depth = 2 %}{% import "blue" as ui %}{% include "tree" %}',
  }),
  'a Template of the data': {
    templates: { page: '{% cache "c" %}{% include part %}{% endcache %}', red: 'red', blue: 'blue' },
    pages: ['red', 'blue'].map((name) => ({ template: 'page', data: { part: name } })),
  },
}

function precompile(name: string, text: string): Record<string, unknown> {
  const code = nunjucks.precompileString(text, { name })
  const window: { nunjucksPrecompiled?: Record<string, unknown> } = {}
  new Function('window', code)(window)
  return window.nunjucksPrecompiled ?? {}
}

function engineOf({ templates, precompiled = {} }: Site, cache = true): NunjucksEngine {
  const compiled = Object.entries(precompiled).map(([name, text]) => precompile(name, text))
  const environment = new nunjucks.Environment([
    new TestLoader(templates),
    new nunjucks.PrecompiledLoader(Object.assign({}, ...compiled)),
  ])
  environment.addFilter('apply', (fn: () => string) => fn())
  return nunjucksEngine({ environment, cache })
}

/** The data of a page; a template by its name becomes the compiled one. */
function dataOf({ data }: Page, { environment }: NunjucksEngine): object {
  const { part, ...rest } = (data ?? {}) as { part?: string }
  return part === undefined ? rest : { ...rest, part: environment.getTemplate(part) }
}

function cacheFor(site: Site, store: FragmentCacheOptions['store'], prefix = 'p') {
  const engine = engineOf(site)
  const cache = new FragmentCache({ store, engine, ttl: '5m', prefix, ...PATIENT })
  const render = async (page: Page) => {
    const { body } = await cache.render(page.template, dataOf(page, engine))
    return body.toString()
  }
  return { cache, render }
}

/** As the engine gives them without caching. */
async function uncached(site: Site): Promise<string[]> {
  const cache = new FragmentCache({ store: memoryStore(), engine: engineOf(site, false), ttl: '5m' })
  const engine = engineOf(site, false)
  const pages: string[] = []
  for (const page of site.pages) {
    const { body } = await cache.render(page.template, dataOf(page, engine))
    pages.push(body.toString())
  }
  return pages
}

describe.each(Object.entries(SITES))('%s', (_title, site) => {
  test('the pages differ', async () => {
    const pages = await uncached(site)
    expect(pages.join('')).not.toBe('')
    if (pages.length > 1) expect(new Set(pages).size).toBeGreaterThan(1)
  })

  test('each page has its own, in any order, one after the other', async () => {
    const right = await uncached(site)
    for (const order of [site.pages, site.pages.toReversed()]) {
      const { cache, render } = cacheFor(site, memoryStore())
      for (const page of [...order, ...order, ...order]) {
        expect(await render(page)).toBe(right[site.pages.indexOf(page)])
        await cache.settled()
      }
    }
  })

  test('and at the same time', async () => {
    const right = await uncached(site)
    const { cache, render } = cacheFor(site, memoryStore())
    for (let n = 0; n < 2; n++) {
      expect(await Promise.all([...site.pages, ...site.pages].map(render))).toEqual([...right, ...right])
      await cache.settled()
    }
  })
})

/** Sites whose fragments nobody may share. */
const NOT_STORED: Record<string, RegExp> = {
  'a Template of the data': /^it runs a Template of the data/,
}

test.each(Object.entries(SITES))('%s: the same page again is all hits', async (title, site) => {
  const { cache, render } = cacheFor(site, memoryStore())
  const events: FragmentEvent[] = []
  cache.on((event) => events.push(event))
  for (const page of site.pages) {
    await render(page)
    await cache.settled()
    if (title in NOT_STORED) {
      expect(events.find(({ type }) => type === 'skip')).toMatchObject({
        reason: expect.stringMatching(NOT_STORED[title] as RegExp),
      })
      continue
    }
    if (site.pages.length === 1) continue
    events.length = 0
    await render(page)
    expect(told(events).filter((text) => !text.startsWith('hit'))).toEqual([])
  }
})

test('a page that binds a name to other code misses, and says so', async () => {
  const { html, events } = cacheOf({
    ...LIBS,
    page: '{% import lib as ui %}{% cache "c" %}{{ ui.box(1) }}{% endcache %}',
  })
  await html({ lib: 'red' })
  expect(await html({ lib: 'blue' })).toBe('<blue>1</blue>')
  expect(told(events, 'miss')).toEqual(['miss c: absent', 'miss c: bound otherwise'])
})

test('other macros and imports of a page do not count', async () => {
  const { html, events } = cacheOf({
    ...LIBS,
    part: '{% from "red" import box %}{% cache "out" %}{{ box(1) }}{% cache "in" %}{% include "inner" %}{% endcache %}{% endcache %}',
    inner: '{% from "red" import box %}{{ box(2) }}',
    a: '{% import "blue" as ui %}{% macro card() %}A{% endmacro %}{{ card() }}{% include "part" %}',
    b: '{% macro badge() %}B{% endmacro %}{% set list = [badge] %}{{ badge() }}{% include "part" %}',
    c: '{% include "part" %}',
  })
  for (const page of ['a', 'b', 'c', 'a']) {
    expect(await html({}, page)).toContain('<red>1</red><red>2</red>')
  }
  expect(told(events, 'hit', 'miss')).toEqual([
    'miss out: absent',
    'miss in: absent',
    'hit out',
    'hit out',
    'hit out',
  ])
})

test('two renders of one page bind names each for itself', async () => {
  const { cache } = cacheOf(SITES['an import of the including page']?.templates as Record<string, string>)
  for (let n = 0; n < 3; n++) {
    const page = cache.open()
    for (const [name, color] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['a', 'red'],
    ] as const) {
      const { body } = await page.render(name, { films })
      expect(body.toString()).toBe(`<${color}>1</${color}><${color}>2</${color}>`)
    }
    await page.writeBack()
    await cache.settled()
  }
})

describe.each([true, false])('with cache: %s', (cache) => {
  const FRAME = '{% macro frame() %}{% cache "f" %}<{% include "inner" %}>{% endcache %}{% endmacro %}'
  const render = (page: string, inner: string) => {
    const engine = engineOf({ templates: { page, inner }, pages: [] }, cache)
    return cacheOf('', { engine }).html()
  }

  test.each([
    `${FRAME}{% for n in [1, 2] %}{% call frame() %}{{ n }}{% endcall %}{% endfor %}`,
    `{% macro frame() %}{% set c = caller %}{% cache "f" %}{{ c() }}{% endcache %}{% endmacro %}{% call frame() %}1{% endcall %}`,
  ])('caller() inside a fragment, by way of something else, is refused: %s', async (page) => {
    await expect(render(page, '{{ caller() }}')).rejects.toThrow(TagError)
    await expect(render(page, '{{ caller() }}')).rejects.toThrow(
      /page, line 1\). Put the cache tag inside the {% call %}$/,
    )
  })

  test('but not the content of a {% call %} in a fragment', async () => {
    const page = `{% macro box() %}<{% include "inner" %}>{% endmacro %}{% cache "c" %}{% call box() %}in{% endcall %}{% endcache %}`
    expect(await render(page, '{{ caller() }}')).toBe('<in>')
  })

  test('nor macros called around a fragment', async () => {
    const page = `${FRAME}{% macro box() %}{{ caller() }}{{ frame() }}{% endmacro %}{% call box() %}{% cache "c" %}in{% endcache %}{% endcall %}`
    expect(await render(page, '{% if caller %}?{% endif %}')).toBe('in<>')
  })
})

describeRedis('on Redis, by two processes', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  test.each(Object.entries(SITES))('%s', async (title, site) => {
    const right = await uncached(site)
    const sites = [1, 2].map(() => cacheFor(site, patientRedisStore({ url: redis.url }), title))
    for (const { cache, render } of [...sites, ...sites]) {
      for (const [n, page] of site.pages.entries()) {
        expect(await render(page)).toBe(right[n])
        await cache.settled()
      }
    }
    for (const { cache } of sites) await cache.close()
  })
})
