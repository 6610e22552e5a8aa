import nunjucks from 'nunjucks'
import { expect, test, vi } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

// Modules of its own: the process may have made lazy values for other tests.
vi.resetModules()
const { lazy } = await import('onetrip')
const { nunjucksEngine } = await import('onetrip/nunjucks')

/** Code of an application that must run once, by its name; each use is noted. */
function application(noted: string[]) {
  const note = <T>(what: string, value: T): T => {
    noted.push(what)
    return value
  }
  const environment = new nunjucks.Environment(
    new TestLoader({
      page:
        '{{ next() }}{{ flash.message }}{{ flash["other"] }}{{ counter.next() }}{{ 1 | counted }}' +
        '{% if 1 is seen %}{{ shown }}{{ "" ~ shown }}{% endif %}{% for n in once %}{{ n }}{% endfor %}' +
        '{% set all = [] %}{{ add(all, 1) }}{{ all | join }}{{ 2 | later }}{{ made().name }}' +
        '{{ next() }}{{ all | join }}{{ list | reversed | join }}',
    }),
  )
  let count = 0
  environment.addFilter('counted', (value: unknown) => note('filter', value))
  environment.addFilter('reversed', (list: unknown[]) => note('reversed', list.reverse()))
  environment.addFilter(
    'later',
    (value: unknown, done: (error: null, value: unknown) => void) => done(null, note('async filter', value)),
    true,
  )
  ;(environment as unknown as { addTest(name: string, fn: () => boolean): void }).addTest('seen', () =>
    note('test', true),
  )
  const data = {
    next: () => note('function', ++count),
    flash: {
      get message() {
        return note('getter', 'm')
      },
      get other() {
        return note('other getter', 'o')
      },
    },
    counter: { next: () => note('method', ++count) },
    shown: { toString: () => note('toString', 's') },
    once: [7, 8].values(),
    add: (list: unknown[], item: unknown) => note('add', list.push(item)),
    list: [1, 2],
    made: () =>
      note(
        'made',
        lazy(async () => note('loaded', { name: 'lazy' })),
      ),
  }
  return { environment, data }
}

// The one render of this file: the lazy value that it makes is the first of the process.
test("code that ran before the process' first lazy value was made does not run again", async () => {
  const noted: string[] = []
  const { environment, data } = application(noted)
  nunjucksEngine({ environment })
  const html = await new Promise((resolve, reject) =>
    environment.render('page', data, (error, text) => (error ? reject(error) : resolve(text))),
  )
  expect(html).toBe('1mo21ss781' + '12lazy' + '3121')
  expect(noted).toEqual([
    ...['function', 'getter', 'other getter', 'method', 'filter', 'test', 'toString', 'toString'],
    ...['add', 'async filter', 'made', 'loaded', 'function', 'reversed'],
  ])
})
