import { afterEach, describe, expect, test, vi } from 'vitest'
import { FragmentCache } from '../../src/fragment/fragment-cache.ts'
import { resolveWebOptions, type WebOptions } from '../../src/http/web-options.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedEngine } from './scripted-engine.ts'

const engine = scriptedEngine({})
const resolve = (options: object) => resolveWebOptions(options as WebOptions, 'view')

afterEach(() => vi.unstubAllEnvs())

test('the defaults', () => {
  const web = resolve({ engine })
  expect(web).toMatchObject({ owned: true, decorator: 'view', debug: true })
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
  expect(resolve({ decorator: false }).decorator).toBe(false)
  expect(() => resolve({})).toThrow(
    /engine is missing: view\(\) has nothing to render with.*decorator: false/s,
  )
})

describe('refused', () => {
  const cache = new FragmentCache({ store: memoryStore(), engine })
  test.each([
    ['an unknown name', { engine, stores: 1 }, /stores.*store, engine.*storeStatus/s],
    ['a name in other letters', { engine, Debug: true }, /no option "Debug": did you mean "debug"/],
    ['decorator', { engine, decorator: '' }, /decorator.*''/],
    ['decorator', { engine, decorator: true }, /decorator.*true/],
    ['debug', { engine, debug: 'yes' }, /debug.*'yes'/],
    ['storeMethods', { engine, storeMethods: 'GET' }, /storeMethods.*'GET'/],
    ['storeStatus', { engine, storeStatus: 200 }, /storeStatus.*200/],
    ['cache', { cache: {} }, /cache takes a FragmentCache/],
    ['cache beside its own options', { cache, engine, ttl: '1m' }, /engine, ttl belong to the cache/],
    ['what is no object', undefined, /options/],
  ])('%s', (_name, options, message) => {
    expect(() => resolve(options as object)).toThrow(message)
    expect(() => resolve(options as object)).toThrow(expect.objectContaining({ code: 'ERR_ONETRIP_OPTION' }))
  })
})
