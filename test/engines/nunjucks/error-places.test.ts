import { expect, test } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'

const boom = () => {
  throw new TypeError('boom')
}

async function failure(templates: Record<string, string>): Promise<Error> {
  const { cache } = cacheOf(templates)
  return cache.render('page', { boom, n: 1 }).then(
    () => {
      throw new Error('the page did not fail')
    },
    (error: Error) => error,
  )
}

test.each<[string, Record<string, string>, string, number]>([
  ['the page', { page: '\n\n{{ boom() }}' }, 'page', 3],
  ['a body', { page: '\n{% cache "a" %}\n{{ boom() }}{% endcache %}' }, 'page', 3],
  ['an include', { page: '\n\n\n{% include "inc" %}', inc: '\n{{ boom() }}' }, 'inc', 2],
  [
    'an include in a body',
    { page: '\n\n\n{% cache "a" %}{% include "inc" %}{% endcache %}', inc: '\n{{ boom() }}' },
    'inc',
    2,
  ],
  [
    'a macro of another file',
    {
      page: '\n\n\n{% import "lib" as lib %}{{ lib.m(boom) }}',
      lib: '\n{% macro m(f) %}\n{{ f() }}{% endmacro %}',
    },
    'lib',
    3,
  ],
  [
    'such a macro in a body',
    {
      page: '{% import "lib" as lib %}\n{% cache "a" %}{{ lib.m(boom) }}{% endcache %}',
      lib: '\n\n{% macro m(f) %}{{ f() }}{% endmacro %}',
    },
    'lib',
    3,
  ],
  ['a parent', { page: '{% extends "base" %}', base: '\n\n\n{{ boom() }}' }, 'base', 4],
  ['a filter that is not there', { page: '\n\n\n{{ n | boom }}' }, 'page', 4],
  ['an include that is not there', { page: '\n\n{% include "boom" %}' }, 'page', 3],
  ['an import of what is not exported', { page: '\n\n{% from "lib" import boom %}', lib: '' }, 'page', 3],
  ['the first line', { page: '{{ boom() }}' }, 'page', 1],
])(
  'an error in %s names its own template and line, and keeps its cause',
  async (_where, templates, name, line) => {
    const error = await failure(templates)
    expect(error.message).toContain(`(${name}) [Line ${line},`)
    expect(error.message).toContain('boom')
    expect(error.cause).toBeInstanceOf(Error)
  },
)

test('an error of the parser names the template', async () => {
  const error = await failure({ page: 'a\n{% include "inc" %}', inc: '\n{% if %}' })
  expect(error.message).toMatch(/\(inc\) \[Line 2/)
})

test('an error after an asynchronous filter fails the page and not the process', async () => {
  const { cache } = cacheOf({})
  const { default: nunjucks } = await import('nunjucks')
  const { nunjucksEngine } = await import('onetrip/nunjucks')
  const { TestLoader } = await import('../../helpers/templates.ts')
  const environment = new nunjucks.Environment(new TestLoader({ page: '{{ 1 | later }}{{ boom() }}' }))
  environment.addFilter(
    'later',
    (v: unknown, done: (e: null, v: unknown) => void) => setImmediate(done, null, v),
    true,
  )
  const other = cacheOf({}, { engine: nunjucksEngine({ environment }) })
  await expect(other.cache.render('page', { boom })).rejects.toThrow(/boom/)
  await cache.close()
})

test('a filter that swallows exceptions cannot hide a lazy value that is not loaded', async () => {
  const { default: nunjucks } = await import('nunjucks')
  const { lazy } = await import('onetrip')
  const { nunjucksEngine } = await import('onetrip/nunjucks')
  const { TestLoader } = await import('../../helpers/templates.ts')
  const page = '{% macro m() %}{% cache "a" %}text{% endcache %}{% endmacro %}{{ m() | careless }}'
  const environment = new nunjucks.Environment(new TestLoader({ page }))
  environment.addFilter('careless', (value: unknown) => {
    try {
      return `${value}`.toUpperCase()
    } catch {
      return 'swallowed'
    }
  })
  const { html } = cacheOf({}, { engine: nunjucksEngine({ environment }) })
  expect(await html({ x: lazy(() => 1) })).toBe('TEXT')
})

test('JavaScript that reads a lazy value inside an object gets an error', async () => {
  const { lazy, LazyError } = await import('onetrip')
  const { cache } = cacheOf('{{ box | dump }}')
  const failed = cache.render('page', { box: { film: lazy(() => 1) } })
  await expect(failed).rejects.toThrow(LazyError)
  await expect(failed).rejects.toThrow(/toJSON/)
})
