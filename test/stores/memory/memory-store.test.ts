import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { TestClock, timeOf } from '../../helpers/test-clock.ts'

const clock = new TestClock()

storeConformance({
  name: 'memoryStore',
  describe,
  it,
  create: () => memoryStore({}, clock),
  capabilities: { shared: false, conditional: true, ttlPrecision: 1 },
  time: timeOf(clock),
})

describe('memoryStore', () => {
  it('evicts the entries that were not read for the longest time', async () => {
    const store = memoryStore({ maxBytes: 100_000 })
    const write = (key: string) => store.setMany([{ key, value: Buffer.alloc(9_000), ttl: 60_000 }])
    await write('read often')
    for (let i = 0; i < 100; i++) {
      expect(await write(`other ${i}`)).toEqual([true])
      expect((await store.getMany(['read often']))[0]).not.toBeNull()
    }
    expect(await store.getMany(['other 0', 'other 89'])).toEqual([null, null])
    expect((await store.getMany(['other 99']))[0]).not.toBeNull()
  })

  it('returns the same copies to each reader of entries that are read again and again', async () => {
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    const write = (key: string, value: string) =>
      store.setMany([{ key, value: Buffer.from(value), ttl: 1_000 }])
    await write('a', 'one')
    await write('b', 'two')
    expect(store.getCopies(['a', 'b'])).toBeUndefined()
    for (let reads = 0; reads < 2; reads++) await store.getMany(['a', 'b'])
    const held = store.getCopies(['a', 'b']) ?? []
    expect(held.map(({ bytes }) => bytes)).toEqual(await store.getMany(['a', 'b']))
    expect(store.getCopies(['b', 'a'])?.[1]).toBe(held[0])
    expect(store.getCopies(['a', 'absent'])).toBeUndefined()

    await write('a', 'three')
    expect(store.getCopies(['a'])?.[0]).not.toBe(held[0])
    expect(store.getCopies(['a'])?.[0]?.bytes).toEqual((await store.getMany(['a']))[0])
    await store.stampMany([{ key: 'a', kind: 'deleted', ttl: 1_000 }])
    expect(store.getCopies(['a'])?.[0]?.bytes).toEqual((await store.getMany(['a']))[0])
    await store.deleteMany(['a'])
    expect(store.getCopies(['a'])).toBeUndefined()
    clock.advance(1_001)
    expect(store.getCopies(['b'])).toBeUndefined()
  })

  it('returns no copies when it is closed', async () => {
    const store = memoryStore()
    await store.setMany([{ key: 'a', value: Buffer.from('x'), ttl: 60_000 }])
    for (let reads = 0; reads < 2; reads++) await store.getMany(['a'])
    expect(store.getCopies(['a'])).toBeDefined()
    await store.close()
    expect(store.getCopies(['a'])).toBeUndefined()
  })

  it('returns an Error for a value that is larger than the bound, and keeps the rest', async () => {
    const store = memoryStore({ maxBytes: 10_000 })
    const entry = (key: string, bytes: number) => ({ key, value: Buffer.alloc(bytes), ttl: 60_000 })
    await store.setMany([entry('small', 10), entry('there', 10)])
    const [large, small] = await store.setMany([entry('there', 10_000), entry('other', 10)])
    expect(large).toMatchObject({
      code: 'ERR_ONETRIP_STORE',
      message: expect.stringMatching(/10017 bytes does not fit .* 10000: raise maxBytes/),
    })
    expect(small).toBe(true)
    const found = await store.getMany(['small', 'there', 'other'])
    expect(found.map((value) => (value as Buffer).length)).toEqual([27, 27, 27])
  })

  it('expires an entry to the millisecond, also in a long turn of the event loop', async () => {
    const turns = vi.fn()
    const turn = setImmediate(turns)
    const clock = new TestClock()
    const store = memoryStore({}, clock)
    await store.setMany([{ key: 'key', value: Buffer.from('x'), ttl: 25 }])
    // Only microtasks run meanwhile, no timers.
    clock.advance(24.9)
    expect(await store.getMany(['key'])).toEqual([expect.any(Buffer)])
    clock.advance(0.2)
    expect(await store.getMany(['key'])).toEqual([null])
    expect(turns).not.toHaveBeenCalled()
    clearImmediate(turn)
  })

  it('stays within its bound of real memory', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const used = async () => {
      // Backing stores are freed some turns after their Buffers.
      for (let i = 0; i < 4; i++) {
        gc()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const maxBytes = 16 * 1024 * 1024
    for (const size of [0, 100, 2_000, 50_000, 'mixed'] as const) {
      const before = await used()
      const store = memoryStore({ maxBytes })
      const writes = size === 'mixed' ? 40_000 : Math.ceil((3 * maxBytes) / (size + 500))
      for (let i = 0; i < writes; i += 20) {
        await store.setMany(
          Array.from({ length: 20 }, (_, j) => ({
            key: `onetrip:card:${i + j}:${Math.random()}`,
            value: Buffer.allocUnsafe(size === 'mixed' ? Math.floor(Math.random() ** 4 * 20_000) : size),
            ttl: 60_000,
          })),
        )
      }
      const taken = (await used()) - before
      expect(taken, `entries of ${size} bytes`).toBeLessThan(maxBytes * 1.1)
      expect(taken, `entries of ${size} bytes`).toBeGreaterThan(maxBytes * 0.4)
      await store.close()
    }
  })
})
