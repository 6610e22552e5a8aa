import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

/**
 * Every way to give the name `f` to code, to bring it to a tag, and to use it there: two pages with
 * other code each.
 */

/** Gives `f` to the macro of a library. */
const BINDERS: Record<string, (lib: string) => string> = {
  'from import': (lib) => `{% from "${lib}" import box as f %}`,
  macro: (lib) => `{% macro f(x) %}<${lib}>{{ x }}{% endmacro %}`,
  alias: (lib) => `{% import "${lib}" as ui %}{% set f = ui.box %}`,
  'macro around an import': (lib) =>
    `{% import "${lib}" as ui %}{% macro f(x) %}({{ ui.box(x) }}){% endmacro %}`,
  'library with context': (lib) =>
    `{% import "${lib}" as ui %}{% import "kit" as kit with context %}{% set f = kit.card %}`,
  'macro that includes': (lib) =>
    `{% import "${lib}" as ui %}{% macro f(x) %}[{% include "boxed" %}]{% endmacro %}`,
  'library in a list': (lib) => `{% import "${lib}" as ui %}{% set f = [ui][0].box %}`,
}

/** Brings it from there to the tag. */
const WAYS: Record<string, (binder: string) => string> = {
  'same template': (binder) => `${binder}{% cache "c" %}BODY{% endcache %}`,
  include: (binder) => `${binder}{% include "part" %}`,
  child: (binder) => `{% extends "base" %}${binder}`,
  super: (binder) =>
    `{% extends "base" %}${binder}{% block main %}{% cache "s" %}[{{ super() }}]{% endcache %}{% endblock %}`,
  argument: (binder) => `${binder}{% from "list" import each %}{{ each([1, 2], f) }}`,
  'argument in a dict': (binder) => `${binder}{% from "list" import each %}{{ each([1, 2], { g: f }.g) }}`,
  call: (binder) =>
    `${binder}{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}{% include "part" %}{% endcall %}`,
  loop: (binder) => `${binder}{% for f in [f, other] %}{% include "part" %}{% endfor %}`,
}

/** Uses it in the body. */
const BODIES: Record<string, string> = {
  call: '{{ f(1) }}',
  condition: '{% if f %}{{ f(1) }}{% endif %}',
  include: '{% include "use" %}',
  'fragment inside': '{% cache "in" %}{{ f(1) }}{% endcache %}',
  'fragment inside an include': '{% include "deep" %}',
  alias: '{% set g = f %}{{ g(1) }}',
  list: '{% set h = [[f]] %}{{ h[0][0](1) }}',
  'macro inside': '{% macro m(g) %}{{ g(1) }}{% endmacro %}{{ m(f) }}',
  filter: '{{ f | apply }}',
  library: '{% from "run" import run %}{{ run(f) }}',
  'head and hole': '{% head %}h{% endhead %}{% nocache %}n{% endnocache %}{{ f(1) }}',
}

function templatesOf(binder: string, way: string, body: string): Record<string, string> {
  const page = (lib: string) =>
    (WAYS[way] as (binder: string) => string)((BINDERS[binder] as (lib: string) => string)(lib))
  const all = {
    red: '{% macro box(x) %}<red>{{ x }}{% endmacro %}',
    blue: '{% macro box(x) %}<blue>{{ x }}{% endmacro %}',
    kit: '{% macro card(x) %}({{ ui.box(x) }}){% endmacro %}',
    boxed: '{{ ui.box(x) }}',
    part: '{% cache "c" %}BODY{% endcache %}',
    base: '{% block main %}{% cache "c" %}BODY{% endcache %}{% endblock %}',
    list: '{% macro each(items, f) %}{% for item in items %}{% cache "row", item %}BODY{{ item }}{% endcache %}{% endfor %}{% endmacro %}',
    use: '-{% if f %}{{ f(2) }}{% endif %}-',
    deep: '{% cache "deep" %}{{ f(3) }}{% endcache %}',
    run: '{% macro run(g) %}{{ g(4) }}{% endmacro %}',
    a: page('red'),
    b: page('blue'),
  }
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, text.replaceAll('BODY', body)]))
}

function renderer(templates: Record<string, string>, cached: boolean) {
  const environment = new nunjucks.Environment(new TestLoader(templates))
  environment.addFilter('apply', (fn: unknown) => (typeof fn === 'function' ? fn(5) : ''))
  const engine = nunjucksEngine({ environment, cache: cached })
  const cache = new FragmentCache({ store: memoryStore(), engine, ttl: '5m' })
  const render = (page: string) =>
    cache.render(page, { other: () => 'other' }).then(
      ({ body }) => body.toString(),
      (error: unknown) => `failed: ${String(error).split('\n').at(-1)}`,
    )
  return { render, cache }
}

test.each(Object.keys(BINDERS))(
  '%s: each page has its own, whatever the other has stored',
  { timeout: 3_600_000 },
  async (binder) => {
    let failed = 0
    let same = 0
    for (const way of Object.keys(WAYS)) {
      for (const body of Object.keys(BODIES)) {
        const templates = templatesOf(binder, way, BODIES[body] as string)
        const plain = renderer(templates, false)
        const right = { a: await plain.render('a'), b: await plain.render('b') }
        if (right.a.startsWith('failed')) failed++
        if (right.a === right.b) same++
        for (const order of ['aabbaab', 'bbaab'] as const) {
          const { render, cache } = renderer(templates, true)
          for (const [n, page] of [...order].entries()) {
            expect(await render(page), `${way}, ${body}, ${n + 1} of ${order}`).toBe(right[page as 'a' | 'b'])
            await cache.settled()
            if (n === 4) await cache.delete('in')
          }
          const together = [...order].map((page) => render(page))
          expect(await Promise.all(together), `${way}, ${body}`).toEqual(
            [...order].map((page) => right[page as 'a' | 'b']),
          )
          await cache.settled()
        }
      }
    }
    // A test of pages that fail, or that are alike, would find nothing.
    expect({ failed, same }).toEqual({ failed: 0, same: 0 })
  },
)
