import nunjucks from 'nunjucks'
import { FragmentCache, lazy, OptionError } from 'onetrip'
import { installCache } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TestLoader } from '../../helpers/templates.ts'

let environment: nunjucks.Environment
let cache: FragmentCache
let states: string[]

beforeEach(() => {
  environment = new nunjucks.Environment(
    new TestLoader({
      page: '{{ user }}{% cache "a", 1 %}{{ n }}{{ slow }}{% endcache %}',
      plain: 'plain {{ n }}',
    }),
  )
  cache = new FragmentCache({ store: memoryStore(), ttl: '5m' })
  states = []
  cache.on(({ type }) => states.push(type))
  installCache(environment, cache)
})
afterEach(() => cache.close())

function render(
  start: (done: (error: Error | null, html: string | null) => void) => void,
): Promise<string | null> {
  return new Promise((resolve, reject) => start((error, html) => (error ? reject(error) : resolve(html))))
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await cache.settled()
}

test('render, renderString and Template#render with a callback are cached', async () => {
  for (const n of [1, 2]) {
    expect(await render((done) => environment.render('page', { n, user: `u${n}` }, done))).toBe(`u${n}1`)
    await settled()
  }
  const source = '{% cache "s" %}{{ n }}{% endcache %}'
  for (const n of [3, 4]) {
    expect(await render((done) => environment.renderString(source, { n }, done))).toBe('3')
    await settled()
  }
  const template = environment.getTemplate('page')
  expect(await render((done) => template.render({ n: 5, user: 'u' }, done))).toBe('u1')
  expect(states).toEqual(['miss', 'write', 'hit', 'miss', 'write', 'hit', 'hit'])
})

test('two sources of renderString do not share a fragment', async () => {
  for (const text of ['one', 'two']) {
    const html = await render((done) =>
      environment.renderString(`{% cache "s" %}${text}{% endcache %}`, {}, done),
    )
    expect(html).toBe(text)
    await settled()
  }
})

test('a text with a {% nocache %} is a hit, and its hole is rendered each time', async () => {
  const source = '{% cache "s" %}{% nocache %}{{ user }}{% endnocache %}{% endcache %}'
  for (const user of ['Anna', 'Berta', 'Cleo']) {
    expect(await render((done) => environment.renderString(source, { user }, done))).toBe(user)
    await settled()
  }
  expect(states).toEqual(['miss', 'write', 'hit', 'hit'])
})

test('without a callback the page is rendered synchronously and uncached, with one warning', async () => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  expect(environment.render('page', { n: 1, user: 'u' })).toBe('u1')
  expect(environment.render('page', { n: 2, user: 'u' })).toBe('u2')
  expect(environment.renderString('{{ n }}', { n: 3 })).toBe('3')
  expect(states).toEqual([])
  expect(warning.mock.calls.length).toBe(1)
  expect(String(warning.mock.calls[0]?.[0])).toMatch(/^page was rendered without a callback/)
  warning.mockRestore()
})

test('lazy values load with a callback; without one only synchronous ones do', async () => {
  const slow = () => lazy(async () => 's')
  expect(await render((done) => environment.render('page', { n: 1, user: 'u', slow: slow() }, done))).toBe(
    'u1s',
  )
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  expect(environment.render('page', { n: 1, user: 'u', slow: lazy(() => 's') })).toBe('u1s')
  expect(() => environment.render('page', { n: 1, user: 'u', slow: slow() })).toThrow(/without a callback/)
  warning.mockRestore()
})

test('errors reach the callback, and an error of the callback is not caught', async () => {
  await expect(render((done) => environment.render('nowhere', {}, done))).rejects.toThrow(
    /template not found: nowhere/,
  )
  await expect(render((done) => environment.render('page', Promise.resolve({}), done))).rejects.toThrow(
    /The data of page is a Promise/,
  )
  await expect(render((done) => environment.renderString('{{ f() }}', {}, done))).rejects.toThrow(
    /Unable to call `f`/,
  )
})

test('wrong arguments are refused', () => {
  expect(() => installCache(environment, {} as never)).toThrow(OptionError)
  expect(() => installCache({}, cache)).toThrow(OptionError)
})
