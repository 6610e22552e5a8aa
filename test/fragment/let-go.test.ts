import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lazy } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test, vi } from 'vitest'
import { cacheOf } from '../helpers/templates.ts'

/** What is left of a page that is over and stored: requests live longer than that. */

const PAGE =
  '{% cache "outer", n %}{{ rows.text }}{% nocache %}{{ visitor }}{% endnocache %}{% cache "inner", n %}{{ n }}{% endcache %}{% endcache %}'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let tries = 0; tries < 20 && ref.deref(); tries++) {
    await new Promise(setImmediate)
    collect()
  }
  return ref.deref() === undefined
}

test.each(['stored', 'discarded'])(
  'what a page loaded and rendered is dropped once it is %s',
  async (how) => {
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
  },
)

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

test('what is being stored early when the page is discarded is stored whole', async () => {
  const store = memoryStore()
  Object.assign(store, { keeps: { ...store.keeps, shared: true } })
  const options = { store, singleFlight: 'store', allowEmpty: true, maxRender: '10m' } as const
  const page = '{% cache "quick", n %}quick{% endcache %} {% cache "slow", n %}{{ slow }}{% endcache %}'
  const { cache, html } = cacheOf(page, options)
  await html({ n: 1, slow: 'slow' })
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
  // Long enough for what is complete to be stored, which asks for the clock first: the estimate is too old.
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 61_000)
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
  await asked
  release('slow')
  await rendering
  opened.discard('status 500')
  await new Promise(setImmediate)
  answer()
  await cache.settled()
  vi.restoreAllMocks()
  const other = cacheOf(page, options)
  expect(await other.html({ n: 2, slow: 'other' })).toBe('quick other')
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
