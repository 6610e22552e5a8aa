import nunjucks from 'nunjucks'
import { lazy } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { expect, test } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

function environmentOf(templates: Record<string, string>): nunjucks.Environment {
  const environment = new nunjucks.Environment(new TestLoader(templates))
  environment.addFilter('reversed', (list: unknown[]) => list.reverse())
  return environment
}

const withCallback = (environment: nunjucks.Environment, data: object) =>
  new Promise((resolve, reject) =>
    environment.render('page', data, (error, html) => (error ? reject(error) : resolve(html))),
  )

// Before any other lazy value of this process.
test('the first lazy value may be made while a page is rendered', async () => {
  const environment = environmentOf({ page: '{{ make() }} {{ later }}' })
  nunjucksEngine({ environment })
  const make = () => lazy(async () => 'made')
  expect(await withCallback(environment, { make, later: 1 })).toBe('made 1')
})

test('a nocache tag that is compiled in mid-run sees lists as the data had them', () => {
  const environment = environmentOf({
    page: '{{ list | reversed | join }}{% include "live" %}{{ reverse(list) | join }}{{ box.reverse() | join }}{% include "live" %}',
    live: '{% nocache %}({{ list | join }}{{ box.list | join }}){% endnocache %}',
  })
  nunjucksEngine({ environment })
  const reverse = (list: unknown[]) => list.reverse()
  const box = {
    list: ['a', 'b'],
    reverse() {
      this.list = this.list.toReversed()
      return this.list
    },
  }
  // Twice: the second time the template is compiled already.
  for (const _ of [1, 2]) {
    expect(environment.render('page', { list: [1, 2], reverse, box: { ...box } })).toBe('21(12ab)12ba(12ab)')
  }
})

test('without a callback a lazy value is loaded where it is read, once', () => {
  const environment = environmentOf({ page: '{{ a }}{{ call() }}{{ b }}{{ a }}' })
  nunjucksEngine({ environment })
  const calls: string[] = []
  const noted = (name: string) => () => {
    calls.push(name)
    return name
  }
  const data = { a: lazy(noted('a')), b: lazy(noted('b')), call: noted('call') }
  expect(environment.render('page', data)).toBe('acallba')
  expect(calls).toEqual(['a', 'call', 'b'])
})

const LIBRARIES = {
  plain: '{% macro m(x) %}{{ x }}{{ y }}{% endmacro %}{% macro n(a, b=2) %}{{ a }}{{ b }}{% endmacro %}',
  importing:
    '{% macro a() %}{% from "plain" import m %}{{ m(1) }}{% endmacro %}{% macro b() %}[{{ m }}]{% endmacro %}',
  setting: '{% set y = 5 %}{% macro m(x) %}{{ x }}{{ y }}{% endmacro %}',
}

test.each([
  '{% from "plain" import m %}{% from "plain" import n %}{{ m(1) }}{{ n(1) }}{{ n(1, b=3) }}{{ n(b=4, a=5) }}',
  '{% import "importing" as one %}{{ one.a() }}{% import "importing" as two %}{{ two.b() }}',
  '{% set y = 1 %}{% import "setting" as s %}{{ s.m(2) }}{% import "setting" as s %}{{ s.m(3) }}{{ s.y }}',
])('imports of a library have the bytes of nunjucks: %s', async (page) => {
  const stock = environmentOf({ page, ...LIBRARIES }).render('page', {})
  const environment = environmentOf({ page, ...LIBRARIES })
  nunjucksEngine({ environment })
  expect(environment.render('page', {})).toBe(stock)
  expect(await withCallback(environment, {})).toBe(stock)
})

test('a nocache tag sees lists as the data had them, though a filter has changed one before', () => {
  const page = '{{ list | reversed | join }}{% nocache %}{{ list | join }}{% endnocache %}'
  const environment = environmentOf({ page })
  nunjucksEngine({ environment })
  expect(environment.render('page', { list: [1, 2] })).toBe('2112')
})

test.each([
  '" \\t a  b \\n\\u00a0\\u2028\\ufeff"',
  '""',
  '"  "',
  '"a"',
  '(" <b> " | safe)',
  '12',
  'none',
  'list',
])('trim gives what it gives in nunjucks: %s', (value) => {
  const page = `[{{ ${value} | trim }}][{{ (${value} | trim) is string }}]`
  const environments = [environmentOf({ page }), environmentOf({ page })] as const
  nunjucksEngine({ environment: environments[1] })
  const [stock, ours] = environments.map((environment) => {
    try {
      return environment.render('page', { list: [1] })
    } catch (error) {
      return (error as Error).message.split('\n').at(-1)
    }
  })
  expect(ours).toBe(stock)
})
