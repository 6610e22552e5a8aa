import { setTimeout as sleep } from 'node:timers/promises'
import { StoreFullError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, describe, expect, test } from 'vitest'
import { StoreFullError as SourceFullError } from '../../src/errors.ts'
import type { Stamp, Store } from '../../src/stores/store.ts'
import { cacheOf } from '../helpers/templates.ts'

/** A memory store in which stamping goes as a test says, key by key. */
function stampingStore(
  stamp: (stamp: Stamp, apply: () => Promise<Buffer | Error>) => Promise<Buffer | Error>,
): {
  store: Store
  behind: Store
} {
  const behind = memoryStore()
  const store = Object.create(behind, {
    stampMany: {
      value: (stamps: readonly Stamp[]) =>
        Promise.all(
          stamps.map((one) =>
            one.kind === 'created'
              ? behind.stampMany([one]).then(([head]) => head)
              : stamp(one, async () => (await behind.stampMany([one]))[0] as Buffer | Error),
          ),
        ),
    },
  }) as Store
  for (const name of ['getMany', 'setMany', 'touchMany', 'deleteMany', 'clock', 'clear', 'close'] as const)
    Object.defineProperty(store, name, { value: (behind[name] as () => unknown).bind(behind) })
  return { store, behind }
}

const PAGE =
  '{% cache "a", tags=["a"] %}{{ n }}{% endcache %}{% cache "b", tags=["b"] %}{{ n }}{% endcache %}'
const open: { close(): Promise<void> }[] = []
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())))

function site(store: Store, options = {}) {
  const made = cacheOf(PAGE, { store, invalidateTimeout: 100, ...options })
  open.push(made.cache)
  return made
}

const of = (key: string) => (stamp: Stamp) => stamp.key.endsWith(`:${key}`)

describe('invalidations that the store takes in part', () => {
  test('one that cannot be applied does not hold the others, nor stamp them again', async () => {
    let stamps = 0
    const { store, behind } = stampingStore(async (stamp, apply) => {
      if (of('a')(stamp)) return new Error('CLUSTERDOWN')
      stamps++
      return apply()
    })
    const { html, cache } = site(store)
    const other = site(behind)
    await html({ n: 1 })
    await expect(cache.invalidate('a', 'b')).rejects.toThrow(/Not applied within 100 ms/)
    expect(await html({ n: 2 })).toBe('22')
    await sleep(700)
    expect(stamps).toBe(1)
    // This process shows nothing of "a" until it is applied; of "b" it does.
    expect(await html({ n: 3 })).toBe('32')
    expect(await other.html({ n: 4 })).toBe('12')
  })

  test('a second one waits for a stamp of its own, not for one that was under way before', async () => {
    let down = true
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let tries = 0
    const { store, behind } = stampingStore(async (stamp, apply) => {
      if (!of('b')(stamp)) return apply()
      tries++
      if (tries === 1) return new Error('lost')
      // The retry of the first has stamped, and is answered late.
      if (tries === 2) {
        const head = await apply()
        await held
        return head
      }
      return down ? new Error('lost') : apply()
    })
    const { cache } = site(store, { invalidateTimeout: 5_000 })
    const other = site(behind)
    await other.html({ n: 'old' })
    const first = cache.invalidate('b')
    await expect.poll(() => tries).toBe(2)
    // Another process stores what it reads now; then the row changes again.
    expect(await other.html({ n: 'middle' })).toBe('oldmiddle')
    const second = cache.invalidate('b')
    await expect.poll(() => tries).toBe(3)
    release()
    await sleep(20)
    down = false
    await Promise.all([first, second])
    expect(await other.html({ n: 'new' })).toBe('oldnew')
  })

  test('only for want of room is a version removed instead: whoever has read the row before stores nothing old', async () => {
    expect(StoreFullError).toBe(SourceFullError)
    for (const [error, stamped] of [
      [new Error('NOPERM'), true],
      [new StoreFullError('OOM'), false],
    ] as const) {
      let failed = false
      const { store, behind } = stampingStore(async (_, apply) => {
        if (failed) return apply()
        failed = true
        return error
      })
      const { cache, html } = site(store, { invalidateTimeout: 5_000 })
      await html({ n: 1 })
      await cache.invalidate('a')
      const [key] = (await keysOf(behind)).filter((one) => one.endsWith('#1:a'))
      expect(key !== undefined).toBe(stamped)
      expect(await html({ n: 2 })).toBe('21')
    }
  })

  test('close() waits for one that is under way', async () => {
    const { store } = stampingStore(async (_, apply) => {
      await sleep(80)
      return apply()
    })
    const { cache } = site(store, { invalidateTimeout: 5_000 })
    const invalidated = cache.invalidate('a')
    await sleep(5)
    await Promise.all([cache.close(), invalidated])
  })
})

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = []
  for await (const key of (store as Required<Store>).keys('')) keys.push(key)
  return keys
}
