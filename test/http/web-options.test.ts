import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import onetripExpress from 'onetrip/express'
import onetripFastify from 'onetrip/fastify'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import { FRAGMENT_CACHE_OPTIONS } from '../../src/core/options/cache-options.ts'
import { FASTIFY } from '../../src/http/view-options.ts'
import { resolveWebOptions, WEB_OPTIONS, type WebOptions } from '../../src/http/web-options.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { scriptedEngine } from './scripted-engine.ts'

const engine = scriptedEngine({})
const resolve = (options: object) => resolveWebOptions(options as WebOptions, FASTIFY)

afterEach(() => vi.unstubAllEnvs())

test('the defaults', () => {
  const web = resolve({ engine })
  expect(web).toMatchObject({ owned: true, method: 'view', debug: true })
  expect([...web.storeMethods]).toEqual(['GET', 'HEAD'])
  const statuses = [200, 204, 226, 301, 302, 303, 304, 307, 400, 404, 500, 503]
  expect(statuses.filter(web.storeStatus)).toEqual([200, 204, 226, 304])
  expect(web.cache).toBeInstanceOf(FragmentCache)
})

test('debug is off in production, unless asked', () => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(resolve({ engine }).debug).toBe(false)
  expect(resolve({ engine, debug: true }).debug).toBe(true)
})

test('a cache of your own', () => {
  const cache = new FragmentCache({ store: memoryStore(), engine })
  expect(resolve({ cache })).toMatchObject({ cache, owned: false })
})

test('without an engine, only where nothing is decorated', () => {
  expect(resolve({ render: false }).method).toBe(false)
  expect(() => resolve({})).toThrow(/engine is missing: view\(\) has nothing to render with.*render: false/s)
})

describe('refused', () => {
  const cache = new FragmentCache({ store: memoryStore(), engine })
  test.each([
    ['an unknown name', { engine, stores: 1 }, /stores.*store, engine.*storeWhen/s],
    ['a name in other letters', { engine, Debug: true }, /no option "Debug": did you mean "debug"/],
    [
      'an option of the engine',
      { root: 'views' },
      /no option "root": it belongs to the engine: pass engine: nunj/,
    ],
    ['an option of a store', { engine, redis: 'redis://localhost' }, /pass store: redisStore\(\{ url \}\)\./],
    ['a name of another plugin', { engine, propertyName: 'render' }, /did you mean "render"/],
    ['an array', { engine, vary: ['locale'] }, /vary must be an object of functions by name.*, not an array/],
    ['render', { engine, render: '' }, /render\.method must be the name of a method, or false, not ''/],
    ['render', { engine, render: true }, /render must be the name of a method, false, or .*, not true/],
    ['debug', { engine, debug: 'yes' }, /debug.*'yes'/],
    ['storeWhen', { engine, storeWhen: null }, /storeWhen must be an object such as .*, not null/],
    ['methods', { engine, storeWhen: { methods: 'GET' } }, /storeWhen\.methods.*'GET'/],
    ['status', { engine, storeWhen: { status: 200 } }, /storeWhen\.status.*200/],
    ['cache', { cache: {} }, /cache must be a FragmentCache/],
    ['cache beside its own options', { cache, engine, ttl: '1m' }, /pass engine, ttl to new FragmentCache/],
    [
      'compress without a method that renders',
      { render: false, compress: true },
      /compress, etag and cacheHeaders are for/,
    ],
    [
      'a header of tags in other letters',
      { engine, cacheHeaders: { surrogatekey: true } },
      /no "surrogatekey": did you mean "tags"\? Write cacheHeaders: \{ tags: \['Surrogate-Key'\] \}\./,
    ],
    [
      'purge',
      { engine, purge: 'http://varnish' },
      /option purge must be what varnish\(\) or cdn\(\) returns/,
    ],
    ['what is no object', undefined, /options/],
  ])('%s', (_name, options, message) => {
    expect(() => resolve(options as object)).toThrow(message)
    expect(() => resolve(options as object)).toThrow(expect.objectContaining({ code: 'ERR_ONETRIP_OPTION' }))
  })
})

test.each([...FRAGMENT_CACHE_OPTIONS, ...WEB_OPTIONS].filter((name) => name !== 'secret'))(
  'null as %s is refused',
  (name) => {
    expect(() => resolve({ engine, [name]: null })).toThrow(new RegExp(`^The option ${name}.* (not|is) null`))
  },
)

test('names of version 0.1 are refused, with their new form', () => {
  const old = (options: object) => () => resolve({ engine, ...options })
  expect(old({ decorator: false })).toThrow('no option "decorator" since 0.2: write render: false.')
  expect(old({ decorator: 'page', viewExt: 'njk' })).toThrow(
    'no options "decorator", "viewExt" since 0.2: write render: { method: \'page\', viewExt: \'njk\' }.',
  )
  expect(old({ memory: '64MB', coherence: 'ttl', coherenceLag: '2s' })).toThrow(
    "write memory: { maxBytes: '64MB', coherence: 'ttl', coherenceLag: '2s' }.",
  )
  expect(old({ storeMethods: ['GET'], storeStatus: () => true })).toThrow(
    "write storeWhen: { methods: ['GET'], status: ... }.",
  )
})

test('memory with a store that cannot tell what others write says what to do instead', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-options-'))
  const store = lmdbStore({ path: folder })
  try {
    expect(() => resolve({ engine, store, memory: '64MB' })).toThrow(
      /memory needs a store that reports.*redisStore.*Leave memory out: lmdbStore/,
    )
  } finally {
    void store.close().finally(() => rmSync(folder, { recursive: true }))
  }
})

test('the middleware or the plugin itself in place of its call', async () => {
  const app = express()
  app.use(onetripExpress as never)
  app.use((error: Error, _request: unknown, response: express.Response, _next: unknown) => {
    response.status(500).send(error.message)
  })
  const server = app.listen(0)
  const { port } = server.address() as { port: number }
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  expect(await answer.text()).toMatch(/write app\.use\(onetrip\(\{ engine, store \}\)\)/)
  await new Promise((resolve) => server.close(resolve))
  await expect(Promise.resolve(onetripFastify({ engine } as never, {} as never))).rejects.toThrow(
    /write app\.register\(onetrip, \{ engine, store \}\)/,
  )
})
