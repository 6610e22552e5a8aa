import fc from 'fast-check'
import type { Case, Load } from './oracle.ts'
import { setUp } from './setup.ts'

/**
 * Random templates. A page has a skeleton, whose tags are the cached fragments; their bodies have
 * fragments inside, and holes, which have fragments inside again. What stock nunjucks and the
 * design decide differently is kept out: a body sets names of its own (`b1`), which nothing outside
 * reads; its key holds all that it may read.
 */
const NAMES = ['s', 't', 'n', 'flag', 'xs', 'x', 'y', 'v1', 'v2', 'p', 'q']
const KEY = `[${NAMES.join(', ')}, item.name, item.tags, item.more.text, item.more.list, loop.index, loop.length] | digest`

const name = fc.constantFrom(...NAMES)
const text = fc.constantFrom('', 'a', ' <b>', '</b>\n', '&amp;', 'x{ ', '%}', '-- ', '\'"', '\\')
const literal = fc.constantFrom(
  '1',
  '2.5',
  '"q"',
  '"<w>"',
  '"it\'s"',
  'true',
  'none',
  '[1, "z"]',
  '{ k: "v" }',
)
const member = fc.constantFrom(
  'item.name',
  'item.tags',
  'item.more.text',
  'o.a.b',
  'o["a"].b',
  'o[t]',
  'xs[0]',
  'items[1].name',
  'loop.index',
  'loop.last',
  'loop.revindex0',
  'items[0].more.list',
)

const { expression } = fc.letrec<{ expression: string; small: string }>((tie) => ({
  small: fc.oneof({ maxDepth: 1 }, name, member, literal),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name,
    member,
    literal,
    tie('small').map((e) => `(${e}) | exclaim | upper`),
    tie('small').map((e) => `(${e}) | exclaim`),
    tie('small').map((e) => `(${e}) | default("none")`),
    tie('small').map((e) => `(${e}) | safe`),
    tie('small').map((e) => `(${e}) | escape`),
    tie('small').map((e) => `twice(${e})`),
    fc.constantFrom('xs | join(", ")', 'items | length', 'xs | first', 's | replace("a", "<")', 's | length'),
    fc.tuple(tie('expression'), tie('small')).map(([a, b]) => `(${a}) ~ (${b})`),
    fc.tuple(tie('small'), tie('small')).map(([a, b]) => `(${a}) == (${b})`),
    fc.tuple(tie('small'), tie('expression'), tie('small')).map(([c, a, b]) => `(${a} if ${c} else ${b})`),
    fc.tuple(tie('small'), tie('small')).map(([a, b]) => `[${a}, ${b}] | join("|")`),
    tie('small').map((e) => `not (${e})`),
  ),
}))

/** Where nunjucks itself compiles an include to code that is none. */
function withoutIncludes(statements: string): string {
  return statements.replaceAll(/\{% include "\w+" %\}/g, '')
}

interface Tree {
  /** Statements of the skeleton. */
  page: string
  /** Statements of a body: no fragment inside. */
  body: string
}

/** Statements that stand in a skeleton and in a body alike. `v` is the name that a set sets. */
function shared(inner: fc.Arbitrary<string>, v: string): fc.Arbitrary<string>[] {
  return [
    text,
    expression.map((e) => `{{ ${e} }}`),
    // A name that is set to undefined shows one around it: in stock nunjucks, what another body
    // left there.
    expression.map((e) => `{% set ${v} = ${v !== 'v1' ? `(${e}) | default("")` : e} %}`),
    inner.map((b) => `{% set ${v} %}${b}{% endset %}`),
    fc.tuple(expression, inner, inner).map(([e, a, b]) => `{% if ${e} %}${a}{% else %}${b}{% endif %}`),
    inner.map((b) => `{% for x in xs %}${b}{% endfor %}`),
    fc
      .tuple(inner, inner)
      .map(([a, b]) => `{% for item in items %}${a}{% else %}${withoutIncludes(b)}{% endfor %}`),
    inner.map((b) => `{% for y in item.tags %}${b}{% endfor %}`),
    inner.map((b) => `{% for x, y in o %}${b}{% endfor %}`),
    inner.map((b) => `{% filter upper %}${b}{% endfilter %}`),
    inner.map((b) => `{% shout "!" %}${b}{% endshout %}`),
    fc.tuple(expression, inner).map(([e, b]) => `{% call box(${e}) %}${b}{% endcall %}`),
    expression.map((e) => `{{ plain(${e}, q=s) }}`),
    expression.map((e) => `{% head %}<h>{{ ${e} }}</h>{% endhead %}`),
    expression.map((e) => `{{ lib.outer(${e}) }}`),
    fc.constant('{% include "plain" %}'),
    fc
      .tuple(expression, inner, inner)
      .map(
        ([e, a, b]) =>
          `{% switch ${e} %}{% case "a" %}${withoutIncludes(a)}{% default %}${withoutIncludes(b)}{% endswitch %}`,
      ),
  ]
}

/**
 * A hole. It may read the page's data, what it was given (`a`), and the macros that every template
 * imports at its top; the visitor, too, whom nothing else in a fragment may know.
 */
const holeName = fc.constantFrom('visitor', 's', 't', 'n', 'flag', 'a')
const holeExpression = fc.oneof(
  holeName,
  // It does not fail: where a foreign tag is around it, nunjucks forgets errors that caching does
  // not.
  holeName.map((e) => `("" ~ ${e}) | upper`),
  fc.tuple(holeName, holeName).map(([e, f]) => `${e} ~ ${f}`),
  holeName.map((e) => `plain(${e}, q=s)`),
  fc.constantFrom('xs | join(",")', 'items | length', 'o.a.b', 'items[0].more.text', 'visitor'),
)
const { holeBodies } = fc.letrec<{ holeBodies: string; one: string }>((tie) => ({
  holeBodies: fc.array(tie('one') as fc.Arbitrary<string>, { maxLength: 3 }).map((all) => all.join('')),
  one: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    holeExpression.map((e) => `{{ ${e} }}`),
    holeExpression.map((e) => `{% set h = ${e} %}{{ h }}`),
    fc.tuple(holeExpression, tie('holeBodies')).map(([e, b]) => `{% if ${e} %}${b}{% else %}-{% endif %}`),
    tie('holeBodies').map((b) => `{% for z in xs %}{{ z }}${b}{% endfor %}`),
    tie('holeBodies').map((b) => `{% filter upper %}${b}{% endfilter %}`),
    holeExpression.map((e) => `{% nocache a="" ~ (${e}) %}{{ a }}{{ visitor }}{% endnocache %}`),
    fc
      .tuple(fc.constantFrom('h1', 'h2'), tie('holeBodies'))
      .map(([f, b]) => `{% cache "${f}", [visitor, a, s, t, n, flag] | digest %}${b}{% endcache %}`),
    fc.constant('{% include "plain" %}'),
  ),
}))
const hole = fc
  .tuple(expression, holeBodies as fc.Arbitrary<string>)
  .map(([e, b]) => `{% nocache a="" ~ (${e}) %}${b}{% endnocache %}`)

/** Statements of a fragment inside a body: what they set is theirs. */
const { innermost } = fc.letrec<{ innermost: string; one: string }>((tie) => ({
  innermost: fc.array(tie('one') as fc.Arbitrary<string>, { maxLength: 2 }).map((all) => all.join('')),
  one: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...shared(tie('innermost') as fc.Arbitrary<string>, 'b2'),
    hole,
    expression.map((e) => `{{ b2 }}{{ b1 }}{{ ${e} }}`),
  ),
}))
const tags = fc.constantFrom('', ', tags=["t1"]', ', tags=["t2", "t" ~ n]', ', ttl="1h", bubble=false')
const nested = fc
  .tuple(fc.constantFrom('n1', 'n2'), innermost, tags)
  .map(([n, b, t]) => `{% cache "${n}", ${KEY}, b1 | digest${t} %}{% set b2 = "." %}${b}{% endcache %}`)

/**
 * Statements with side effects, which depend on being called once. They stand outside fragments
 * only, since a fragment's body is not run on a hit. `mut`, `state` and `used` belong to the page's
 * data, and nothing else reads them.
 */
const stateful = fc.constantFrom(
  '{{ mut | rev | join }}',
  '{{ mut | join }}{{ mut[0] }}{{ mut.length }}',
  '{% for z in mut %}{{ z }}{% endfor %}',
  '{% set _ = mut.push(t) %}',
  '{{ tick() }}',
  '{% if tick() is odd %}{{ tick() }}{% endif %}',
  '{{ s | mark(state) }}',
  '{{ "b" | mark(state) }}{{ state.n }}',
  '{{ state.up() }}',
  '{{ state.message }}{{ state.take() }}',
  '{{ [1, 2] | rev | join }}',
  '{% for z in once %}{{ z }}{% endfor %}',
  '{{ once.next().value }}',
  '{% set _ = used.add(t) %}{{ used.size }}',
  '{% if used.has(s) %}y{% else %}{% set _ = used.add(s) %}{% endif %}',
  '{{ lib.plain(tick()) }}{{ cached(t, q=s) | shown }}',
)

const { page, body } = fc.letrec<Tree & { pages: string; bodies: string }>((tie) => ({
  bodies: fc.array(tie('body'), { maxLength: 3 }).map((all) => all.join('')),
  body: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...shared(tie('bodies') as fc.Arbitrary<string>, 'b1'),
    nested,
    nested,
    hole,
    hole,
    expression.map((e) => `{{ b1 }}${`{{ ${e} }}`}`),
  ),
  pages: fc.array(tie('page'), { maxLength: 4 }).map((all) => all.join('')),
  page: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...shared(tie('pages') as fc.Arbitrary<string>, 'v1'),
    expression.map((e) => `{% set v2 = ${e} %}`),
    stateful,
    stateful,
    ...Array.from({ length: 4 }, () =>
      fc
        .tuple(fc.constantFrom('f1', 'f2', 'f3'), tie('bodies') as fc.Arbitrary<string>, tags)
        .map(([f, b, t]) => `{% cache "${f}", ${KEY}${t} %}{% set b1 = "." %}${b}{% endcache %}`),
    ),
    hole,
    expression.map((e) => `{{ cached(${e}, q=t) }}`),
    expression.map((e) => `{{ cached(${e}) | upper }}`),
    expression.map((e) => `{% if cached(${e}) == s %}same{% endif %}`),
    expression.map((e) => `{% set v1 = cached(${e}) %}`),
    fc.constant('{% include "card" %}'),
    fc.constant(
      '{% set rows = [] %}{% for x in xs %}{% set rows = (rows.push(x), rows) %}{% cache "rows", loop.index, rows | join %}{{ rows | join("+") }}{% endcache %}{% endfor %}{{ rows | length }}',
    ),
  ),
}))

const HEAD = '{% import "lib" as lib %}{% from "lib" import box, plain, cached %}'

const templates = fc.record({
  page,
  more: page,
  block: page,
  base: page,
  card: page.filter((one) => !one.includes('{% include "card" %}')),
  plain: body.filter((one) => !one.includes('{% include')),
  extending: fc.boolean(),
  asynchronous: fc.constantFrom(
    '',
    '{{ s | later }}',
    '{% asyncEach x in xs %}{{ x | soon }}{% cache "each", x, loop.index %}{{ x }}{% endcache %}{% endeach %}',
  ),
})

type Parts = typeof templates extends fc.Arbitrary<infer T> ? T : never

function templatesFrom(parts: Parts): Record<string, string> {
  const inner = `{% from "lib" import box, plain, cached %}`
  const content = `${HEAD}${parts.page}${parts.asynchronous}${parts.more}`
  return {
    page: parts.extending
      ? `{% extends "base" %}${HEAD}{% block a %}${HEAD}${parts.block}{{ super() }}${parts.page}{% endblock %}`
      : content,
    base: `<head></head>${HEAD}${parts.base}{% block a %}${HEAD}${parts.more}{% endblock %}{{ visitor }}`,
    card: `${HEAD}${parts.card}`,
    plain: `{% import "lib" as lib %}${inner}{% set b1 = "." %}${parts.plain}`,
    lib:
      '{% macro plain(p, q) %}<i>{{ p }}{{ q }}</i>{% endmacro %}' +
      '{% macro box(p) %}<b>{{ p }}{{ caller() }}</b>{% endmacro %}' +
      `{% macro outer(p) %}{% set q = p %}{{ plain(q) }}{% for x in [1, 2] %}{{ loop.index }}{{ x }}{% endfor %}{% endmacro %}` +
      '{% macro cached(p, q) %}[{{ p }}{% cache "macro", [p, q] | digest %}<u>{{ p }}{{ q }}</u>{{ plain(p) }}{% endcache %}]{% endmacro %}',
  }
}

const word = fc.constantFrom(
  '',
  'a',
  '<b>',
  'A & "B"',
  '{{ s }}',
  'onetrip:0::2:f1',
  '\u0000',
  '<!-- -->',
  'ü€😀',
)

const values = fc.record({
  s: word,
  t: word,
  n: fc.constantFrom(0, 1, 7),
  flag: fc.boolean(),
  xs: fc.array(word, { maxLength: 3 }),
  items: fc.array(fc.record({ name: word, tags: fc.array(word, { maxLength: 2 }), text: word }), {
    maxLength: 3,
  }),
  b: word,
  /** Which of the values are lazy. */
  lazy: fc.integer({ min: 0, max: 255 }),
})

type Values = typeof values extends fc.Arbitrary<infer T> ? T : never

/** An object that its methods, and a filter, change. */
class State {
  n = 0
  message: string | undefined = 'saved'

  up(): number {
    return ++this.n
  }

  take(): string | undefined {
    const { message } = this
    this.message = undefined
    return message
  }
}

function dataFrom(of: Values) {
  return (load: Load, visitor: string): object => {
    let ticks = 0
    const maybe = <T>(bit: number, value: T): T => ((of.lazy >> bit) & 1 ? load(() => value) : value)
    return {
      visitor,
      s: maybe(0, of.s),
      t: of.t,
      n: maybe(1, of.n),
      flag: maybe(2, of.flag),
      xs: maybe(3, [...of.xs]),
      items: maybe(
        4,
        of.items.map(({ name: title, tags, text: more }) => ({
          name: maybe(5, title),
          tags: [...tags],
          more: maybe(6, { text: maybe(7, more), list: [1, 2] }),
        })),
      ),
      o: { a: maybe(7, { b: of.b }), k: 'v' },
      mut: ['x', 'y', 'z'],
      tick: () => ++ticks,
      state: new State(),
      once: ['1', '2', '3'].values(),
      used: new Set(['a']),
    }
  }
}

/** A plain extension knows no holes: such a page is compared with caching off. */
function isStock(of: Record<string, string>): boolean {
  return !Object.values(of).some((source) => /\{% (nocache|head)/.test(source))
}

/** A page and its data. */
export const anyCase: fc.Arbitrary<Case> = fc
  .tuple(templates, values, fc.boolean())
  .map(([parts, of, autoescape]) => ({
    templates: templatesFrom(parts),
    data: dataFrom(of),
    options: { autoescape },
    stock: isStock(templatesFrom(parts)),
    setUp,
    [fc.toStringMethod]: () => JSON.stringify({ templates: templatesFrom(parts), of, autoescape }, null, 1),
  }))
