import { AsyncLocalStorage } from 'node:async_hooks'
import { FragmentCache } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test, vi } from 'vitest'
import { AsyncContext } from '../../src/core/async-context.ts'

describe('AsyncContext', () => {
  test('a value belongs to what a function starts, and to nothing else', async () => {
    const context = new AsyncContext<string>()
    const later = context.run('a', async () => {
      await null
      return context.value
    })
    expect(context.value).toBe(undefined)
    expect(await later).toBe('a')
  })

  test('contexts do not see each other, and an inner value is over with its function', () => {
    const one = new AsyncContext<number>()
    const other = new AsyncContext<number>()
    const seen = one.run(1, () => [
      other.value,
      ...other.run(2, () => [one.value, ...one.run(3, () => [one.value, other.value]), one.value]),
      other.value,
    ])
    expect(seen).toEqual([undefined, 1, 3, 2, 1, undefined])
  })

  test('undefined hides an outer value', () => {
    const context = new AsyncContext<string | undefined>()
    expect(context.run('a', () => context.run(undefined, () => context.value))).toBe(undefined)
  })

  test('code that enters again and again keeps no outer value', async () => {
    const entered = vi.spyOn(AsyncLocalStorage.prototype, 'run')
    const one = new AsyncContext<number>()
    const other = new AsyncContext<number>()
    const enter = (n: number): unknown =>
      n === 0 ? undefined : one.run(n, () => other.run(n, () => enter(n - 1)))
    enter(50)
    const frame = entered.mock.calls.at(-1)?.[0]
    expect(JSON.stringify(frame).match(/"value"/g)).toHaveLength(2)
    entered.mockRestore()
  })
})

test('all caches share one AsyncLocalStorage', async () => {
  const storages = new Set<unknown>()
  const run = vi.spyOn(AsyncLocalStorage.prototype, 'run').mockImplementation(function (
    this: unknown,
    _,
    fn,
  ) {
    storages.add(this)
    return fn()
  })
  for (let n = 0; n < 3; n++) {
    const cache = new FragmentCache({ store: memoryStore(), ttl: '1m' })
    const outer = cache.cached('outer', {}, () => cache.cached('inner', {}, () => 'x')())
    await cache.preload(['key'], () => outer())
    await cache.close()
  }
  run.mockRestore()
  expect(storages.size).toBe(1)
})
