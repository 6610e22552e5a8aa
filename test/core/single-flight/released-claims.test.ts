import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lazy } from 'onetrip'
import { expect, test } from 'vitest'
import { FragmentCache } from '../../../src/core/fragment-cache.ts'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import { cacheOf, engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

/** A page that is over and stored must not keep its fragments in memory: requests live longer. */

const PAGE =
  '{% cache "outer", n %}{{ rows.text }}{% nocache %}{{ visitor }}{% endnocache %}{% cache "inner", n %}{{ n }}{% endcache %}{% endcache %}'

/** How long an estimate of the store's clock is used, in milliseconds. */
const ESTIMATE_IS_GOOD = 60_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let tries = 0; tries < 20 && ref.deref(); tries++) {
    await new Promise(setImmediate)
    collect()
  }
  return ref.deref() === undefined
}

test.each(['stored', 'discarded'])("a page's data and output are dropped once it is %s", async (how) => {
  const { cache } = cacheOf(PAGE)
  const page = cache.open()
  const render = async () => {
    const rows = { text: 'rows' }
    const { body } = await page.render('page', { rows: lazy(async () => rows), n: 1, visitor: 'Ann' })
    expect(body.toString()).toBe('rowsAnn1')
    return new WeakRef(rows)
  }
  const ref = await render()
  if (how === 'stored') await page.writeBack()
  else page.discard('status 404')
  expect(await isCollected(ref)).toBe(true)
  expect(page.misses).toBe(2)
})

test('its reports stay as they were, and it can be rendered again', async () => {
  const { cache } = cacheOf(PAGE)
  const page = cache.open()
  const result = await page.render('page', { rows: { text: 'rows' }, n: 1, visitor: 'Ann' })
  const before = { fragments: page.fragments, misses: page.misses, trips: page.trips, runs: page.runs }
  expect(before.fragments.map(({ bytes }) => bytes)).toEqual([8, 1])
  await page.writeBack()
  expect({ fragments: page.fragments, misses: page.misses, trips: page.trips, runs: page.runs }).toEqual(
    before,
  )
  expect(result.fragments).toEqual(before.fragments)
  const again = await page.render('page', { rows: { text: 'rows' }, n: 1, visitor: 'Bob' })
  expect(again.body.toString()).toBe('rowsBob1')
})

test('fragments that are being stored early when the page is discarded are stored whole', async () => {
  const time = new TestClock()
  const store = memoryStore({}, time)
  Object.assign(store, { capabilities: { ...store.capabilities, shared: true } })
  const options = {
    store,
    singleFlight: 'store',
    entries: { allowEmpty: true },
    limits: { maxRender: '10m' },
    ttl: '5m',
  } as const
  const page = '{% cache "quick", n %}quick{% endcache %} {% cache "slow", n %}{{ slow }}{% endcache %}'
  const cacheAt = () => new FragmentCache({ ...options, engine: engineOf({ page }) }, time)
  const cache = cacheAt()
  await cache.render('page', { n: 1, slow: 'slow' })
  await cache.settled()
  // What is complete is stored after a while, which asks for the store's clock first: by then the
  // estimate is too old.
  time.advance(ESTIMATE_IS_GOOD - 20)
  const opened = cache.open()
  let release = (_: string) => {}
  let rendering: Promise<unknown> | undefined
  await new Promise<void>((loading) => {
    const load = () => {
      loading()
      return new Promise<string>((resolve) => (release = resolve))
    }
    rendering = opened.render('page', { n: 2, slow: lazy(load) })
  })
  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    const { clock } = store
    store.clock = async () => {
      store.clock = clock
      resolve()
      await new Promise<void>((release) => (answer = release))
      return store.clock()
    }
  })
  time.advance(100)
  await asked
  release('slow')
  await rendering
  opened.discard('status 500')
  await new Promise(setImmediate)
  answer()
  await cache.settled()
  const { body } = await cacheAt().render('page', { n: 2, slow: 'other' })
  expect(`${body}`).toBe('quick other')
})

test('a render that is under way when the page is stored goes on', async () => {
  const { cache } = cacheOf(PAGE)
  const page = cache.open()
  await page.render('page', { rows: { text: 'rows' }, n: 1, visitor: 'Ann' })
  let release = (_: object) => {}
  const rows = lazy(() => new Promise<object>((resolve) => (release = resolve)))
  const second = page.render('page', { rows, n: 2, visitor: 'Bob' })
  await new Promise(setImmediate)
  await page.writeBack()
  release({ text: 'late' })
  expect((await second).body.toString()).toBe('lateBob2')
})
