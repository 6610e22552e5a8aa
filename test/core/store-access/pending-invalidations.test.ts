import { StoreFullError } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, describe, expect, test } from 'vitest'
import { nextTurn } from '../../../src/clock.ts'
import { StoreFullError as SourceFullError } from '../../../src/errors.ts'
import type { StampWrite, Store } from '../../../src/stores/store.ts'
import { clockedCacheOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

/** A memory store in which stamping goes as a test says, key by key. */
function stampingStore(
  stamp: (stamp: StampWrite, apply: () => Promise<Buffer | Error>) => Promise<Buffer | Error>,
): {
  store: Store
  behind: Store
  clock: TestClock
} {
  const clock = new TestClock()
  const behind = memoryStore({}, clock)
  const store = Object.create(behind, {
    stampMany: {
      value: (stamps: readonly StampWrite[]) =>
        Promise.all(
          stamps.map((one) =>
            one.kind === 'created'
              ? behind.stampMany([one]).then(([head]) => head)
              : stamp(one, async () => (await behind.stampMany([one]))[0] as Buffer | Error),
          ),
        ),
    },
  }) as Store
  for (const name of [
    'getMany',
    'getCopies',
    'setMany',
    'touchMany',
    'deleteMany',
    'clock',
    'clear',
    'close',
  ] as const)
    Object.defineProperty(store, name, { value: (behind[name] as () => unknown).bind(behind) })
  return { store, behind, clock }
}

const PAGE =
  '{% cache "a", tags=["a"] %}{{ n }}{% endcache %}{% cache "b", tags=["b"] %}{{ n }}{% endcache %}'
const open: { close(): Promise<void> }[] = []
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())))

function site(store: Store, clock: TestClock, options = {}) {
  const made = clockedCacheOf(PAGE, { store, limits: { invalidateTimeout: 100 }, ...options }, clock)
  open.push(made.cache)
  return made
}

const of = (key: string) => (stamp: StampWrite) => stamp.key.endsWith(`:${key}`)

describe('invalidations that the store takes in part', () => {
  test('one that cannot be applied does not hold the others, nor stamp them again', async () => {
    let stamps = 0
    let failed = 0
    const { store, behind, clock } = stampingStore(async (stamp, apply) => {
      if (of('a')(stamp)) {
        failed++
        return new Error('CLUSTERDOWN')
      }
      stamps++
      return apply()
    })
    const { html, cache } = site(store, clock)
    const other = site(behind, clock)
    await html({ n: 1 })
    await expect(clock.until(cache.invalidate('a', 'b'))).rejects.toThrow(/Not applied within 100 ms/)
    clock.advance(5)
    expect(await html({ n: 2 })).toBe('22')
    await clock.until(() => failed > 3)
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
    const { store, behind, clock } = stampingStore(async (stamp, apply) => {
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
    const { cache } = site(store, clock, { limits: { invalidateTimeout: '30s' } })
    const other = site(behind, clock)
    await other.html({ n: 'old' })
    const first = cache.invalidate('b')
    await clock.until(() => tries === 2)
    clock.advance(5)
    // Another process stores what it reads now; then the row changes again.
    expect(await other.html({ n: 'middle' })).toBe('oldmiddle')
    const second = cache.invalidate('b')
    await expect.poll(() => tries).toBe(3)
    release()
    // What was held is answered before the store is up.
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    down = false
    await clock.until(Promise.all([first, second]))
    clock.advance(5)
    expect(await other.html({ n: 'new' })).toBe('oldnew')
  })

  test('only for want of room is a version removed instead: whoever has read the row before stores nothing old', async () => {
    expect(StoreFullError).toBe(SourceFullError)
    for (const [error, stamped] of [
      [new Error('NOPERM'), true],
      [new StoreFullError('OOM'), false],
    ] as const) {
      let failed = false
      const { store, behind, clock } = stampingStore(async (_, apply) => {
        if (failed) return apply()
        failed = true
        return error
      })
      const { cache, html } = site(store, clock, { limits: { invalidateTimeout: '30s' } })
      await html({ n: 1 })
      await clock.until(cache.invalidate('a'))
      clock.advance(5)
      const [key] = (await keysOf(behind)).filter((one) => one.endsWith('#1:a'))
      expect(key !== undefined).toBe(stamped)
      expect(await html({ n: 2 })).toBe('21')
    }
  })

  test('close() waits for one that is under way', async () => {
    let release: () => void = () => {}
    const { store, clock } = stampingStore(async (_, apply) => {
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return apply()
    })
    const { cache } = site(store, clock, { limits: { invalidateTimeout: '30s' } })
    let applied = false
    const invalidated = cache.invalidate('a').then(() => {
      applied = true
    })
    const closed = cache.close().then(() => applied)
    await nextTurn()
    release()
    expect(await closed).toBe(true)
    await invalidated
  })
})

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = []
  for await (const key of (store as Required<Store>).keys('')) keys.push(key)
  return keys
}
