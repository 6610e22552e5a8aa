import { toolkit } from 'onetrip/toolkit'
import { describe, expect, test } from 'vitest'

describe('toolkit', () => {
  test('refuses a missing connection, unknown options, and values of a wrong type', async () => {
    expect(() => toolkit(undefined as never)).toThrow('redis is undefined')
    expect(() => toolkit('redis://localhost', { prefx: 'a:' } as never)).toThrow('prefix')
    expect(() => toolkit('redis://localhost', { prefix: 7 } as never)).toThrow('must be a string')
    expect(() => toolkit('redis://localhost', { prefix: 'shop{}:' })).toThrow('must not be empty')
    expect(() => toolkit('redis://localhost', { codec: {} } as never)).toThrow('encode and decode')
  })
})

describe('cache', () => {
  test('is the values of the cache that the toolkit was given', async () => {
    const values = { get: () => 7 }
    const kit = toolkit({ host: '127.0.0.1', lazyConnect: true }, { cache: { values } })
    expect(kit.cache.get()).toBe(7)
    expect(kit.cache).toBe(values)
    const without = toolkit({ host: '127.0.0.1', lazyConnect: true })
    expect(() => without.cache).toThrow('toolkit(redis, { cache })')
    expect(() => toolkit('redis://localhost', { cache: 7 } as never)).toThrow('must be a FragmentCache')
    await kit.close()
    await without.close()
  })
})
