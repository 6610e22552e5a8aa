import nunjucks from 'nunjucks'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { describe, expect, test } from 'vitest'
import { cacheOf, TestLoader } from '../../helpers/templates.ts'
import { StockCache } from './oracle/stock-cache.ts'

type Templates = Record<string, string>

const DATA = {
  xs: [1],
  fail() {
    throw new TypeError('failed')
  },
  failWithText() {
    throw 'a text'
  },
}

async function ours(templates: Templates, caching: boolean): Promise<string> {
  const environment = new nunjucks.Environment(new TestLoader(templates))
  const { cache } = cacheOf({}, { engine: nunjucksEngine({ environment, cache: caching }) })
  return cache.render('page', DATA).then(
    ({ body }) => `no error: ${body}`,
    (error: Error) => error.message,
  )
}

function stocks(templates: Templates): Promise<string> {
  const environment = new nunjucks.Environment(new TestLoader(templates))
  environment.addExtension('StockCache', new StockCache())
  return new Promise((resolve) => {
    environment.render('page', DATA, (error, html) => resolve(error ? error.message : `no error: ${html}`))
  })
}

const FAILS = '{{ fail() }}'

describe('errors without a line have the message of nunjucks', () => {
  test.each<[string, Templates]>([
    ['syntax', { page: 'a\n\n{% if %}' }],
    ['syntax of an include', { page: '\n{% include "inc" %}', inc: '\n\n{{ a b }}' }],
    ['an unknown tag', { page: '\n\n{% wat %}' }],
    ['an end without a begin', { page: '\n{% endcache %}' }],
    ['a tag that is not closed', { page: '\n{% for x in xs %}' }],
    ['a block twice', { page: '\n{% block a %}{% endblock %}{% block a %}{% endblock %}' }],
    ['no template', {}],
    ['no parent', { page: '\n{% extends "nowhere" %}' }],
  ])('%s', async (_what, templates) => {
    const expected = await stocks(templates)
    // What nunjucks says of a template that it does not find may be followed by where it was looked
    // for.
    expect(await ours(templates, true)).toContain(expected.split('\n').at(-1))
    expect(await ours(templates, false)).toBe(await ours(templates, true))
  })
})

/**
 * nunjucks counts lines and columns from 0 while a page runs, and shows them as if it had counted
 * from 1.
 */
function fromOne(message: string): string {
  return message.replace(
    /\[Line (\d+), Column (\d+)\]/g,
    (_all, line, column) => `[Line ${Number(line) + 1}, Column ${Number(column) + 1}]`,
  )
}

describe('errors with a line have the message of nunjucks, with lines counted from 1', () => {
  test.each<[string, Templates]>([
    ['the page', { page: `\n\n  ${FAILS}` }],
    ['a body', { page: `\n{% cache "a" %}\n  ${FAILS}{% endcache %}` }],
    ['an include', { page: '\n\n\n{% include "inc" %}', inc: `\n ${FAILS}` }],
    [
      'an include in a body',
      { page: '\n{% cache "a" %}{% include "inc" %}{% endcache %}', inc: `\n ${FAILS}` },
    ],
    [
      'an include in an include',
      { page: '\n{% include "a" %}', a: '\n{% include "b" %}', b: `\n\n${FAILS}` },
    ],
    ['a macro', { page: `\n{% macro m() %}\n${FAILS}{% endmacro %}\n\n{{ m() }}` }],
    [
      'a call',
      { page: `\n{% macro m() %}{{ caller() }}{% endmacro %}\n{% call m() %}\n${FAILS}{% endcall %}` },
    ],
    [
      'a block',
      {
        page: `\n{% extends "base" %}{% block a %}\n${FAILS}{% endblock %}`,
        base: '{% block a %}{% endblock %}',
      },
    ],
    ['a filter block', { page: `\n{% filter upper %}\n${FAILS}{% endfilter %}` }],
    ['a set block', { page: `\n{% set x %}\n\n${FAILS}{% endset %}` }],
    ['a loop', { page: `\n{% for x in xs %}\n${FAILS}{% endfor %}` }],
    ['the head of a loop', { page: '\n\n{% for x in fail() %}{% endfor %}' }],
    ['a call of nothing', { page: '\n\n{{ nothing() }}' }],
    ['a call of a member of nothing', { page: '\n\n{{ nothing.at.all() }}' }],
    ['what is thrown and no Error', { page: '\n\n{{ failWithText() }}' }],
  ])('%s', async (_where, templates) => {
    expect(await ours(templates, true)).toBe(fromOne(await stocks(templates)))
    expect(await ours(templates, false)).toBe(await ours(templates, true))
  })
})

test('an error in a macro or a parent of another file names that file, not the page', async () => {
  const macro = {
    page: '{% from "lib" import m %}\n\n\n{{ m(fail) }}',
    lib: '\n{% macro m(f) %}{{ f() }}{% endmacro %}',
  }
  expect(await stocks(macro)).toContain('(page)')
  expect(await ours(macro, true)).toBe('(lib) [Line 2, Column 21]\n  TypeError: failed')
  const parent = {
    page: '{% extends "base" %}{% block a %}\n\n\n{{ super() }}{% endblock %}',
    base: `\n{% block a %}${FAILS}{% endblock %}`,
  }
  expect(await ours(parent, true)).toBe('(base) [Line 2, Column 21]\n  TypeError: failed')
})
