import { type FragmentEvent, PurgeError } from 'onetrip'
import { cdn, type PurgeTarget, purgeInvalidated } from 'onetrip/purge'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { TestClock } from '../helpers/test-clock.ts'
import { turns } from '../helpers/turns.ts'
import { scriptedEngine } from '../http/scripted-engine.ts'

let cache: FragmentCache
let clock: TestClock
let errors: Extract<FragmentEvent, { type: 'error' }>[]
let calls: string[][]
/** Outcomes of the next calls; later ones succeed. */
let outcomes: (Error | 'hangs')[]

const target = (options = {}): PurgeTarget =>
  cdn(async (keys) => {
    calls.push([...keys])
    const outcome = outcomes.shift()
    if (outcome instanceof Error) throw outcome
    if (outcome === 'hangs') await new Promise(() => {})
  }, options)

beforeEach(() => {
  clock = new TestClock()
  cache = new FragmentCache({ store: memoryStore(), engine: scriptedEngine({}) })
  errors = []
  calls = []
  outcomes = []
  cache.on((event) => event.type === 'error' && errors.push(event))
})
afterEach(() => cache.close())

const start = (options = {}, again: 0 | string = 0) =>
  purgeInvalidated(cache, target(options), { again, clock })
/** Lets the clock go on, until all that is due has run. */
async function pass(ms: number): Promise<void> {
  await turns()
  clock.advance(ms)
  await turns()
}

test('the tags of one turn are purged together, each once, as headers write them', async () => {
  start()
  await Promise.all([cache.invalidate('films', 'a b'), cache.invalidate('films')])
  await turns()
  expect(calls).toEqual([['films', 'a%20b']])
})

test('no call has more keys than it may', async () => {
  start({ maxKeys: 2 })
  await cache.invalidate('a', 'b', 'c', 'd', 'e')
  await turns()
  expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']])
})

test('clear() purges all pages of the cache, and the clear of one fragment does, too', async () => {
  start()
  await cache.clear()
  await turns()
  await cache.clear({ name: 'card' })
  await turns()
  expect(calls).toEqual([['onetrip:0::'], ['onetrip:0::']])
})

test('what fails is tried again; the invalidation has succeeded', async () => {
  outcomes = [new Error('no route'), new Error('no route')]
  start()
  await cache.invalidate('films')
  for (let n = 0; n < 4; n++) await pass(500)
  expect(calls).toEqual([['films'], ['films'], ['films']])
  expect(errors).toHaveLength(1)
  const [{ error, during, keys }] = errors as [(typeof errors)[0]]
  expect(error).toBeInstanceOf(PurgeError)
  expect(error.message).toBe('the CDN did not purge pages, it is tried again: no route')
  expect([during, keys]).toEqual(['purge', ['films']])
})

test('after 8 attempts it is given up, and the next keys are purged', async () => {
  outcomes = Array(8).fill(new Error('no route'))
  start()
  await cache.invalidate('films')
  await turns()
  await cache.invalidate('shops')
  for (let n = 0; n < 10; n++) await pass(10_000)
  expect(calls).toEqual([...Array(8).fill(['films']), ['shops']])
  expect(errors.map(({ error }) => error.message)).toEqual([
    'the CDN did not purge pages, it is tried again: no route',
    'the CDN did not purge pages, it is given up: no route',
  ])
})

test('a call that does not answer has failed after its time', async () => {
  outcomes = ['hangs']
  start({ timeout: '5s' })
  await cache.invalidate('films')
  await pass(5_000)
  expect(errors.map(({ error }) => error.message)).toEqual([
    'the CDN did not purge pages, it is tried again: it did not answer within 5000 ms',
  ])
  await pass(1_000)
  expect(calls).toEqual([['films'], ['films']])
})

test('keys that come while a call is under way are one next call', async () => {
  outcomes = ['hangs']
  start({ timeout: '5s', maxKeys: 100 })
  await cache.invalidate('a')
  await turns()
  for (const tag of ['b', 'c', 'b']) await cache.invalidate(tag)
  await pass(5_000)
  await pass(1_000)
  expect(calls).toEqual([['a'], ['a'], ['b', 'c']])
})

test('more keys than can wait purge all pages in their place', async () => {
  start({ maxKeys: 100_000 })
  await cache.invalidate(...Array.from({ length: 10_001 }, (_, n) => `tag ${n}`))
  await turns()
  expect(calls).toEqual([['onetrip:0::']])
})

test('the keys are purged once more after a while, for pages that were on their way', async () => {
  start({}, '1s')
  await cache.invalidate('films')
  await pass(500)
  await cache.invalidate('shops', 'films')
  await pass(500)
  await pass(1_000)
  await pass(1_000)
  await pass(5_000)
  const counts = ['films', 'shops'].map((key) => calls.flat().filter((one) => one === key).length)
  // Films: twice at once, and once or twice later; a key is never purged for ever.
  expect(calls.slice(0, 2)).toEqual([['films'], ['shops', 'films']])
  expect(counts[0]).toBeGreaterThanOrEqual(3)
  expect(counts[0]).toBeLessThanOrEqual(4)
  expect(counts[1]).toBe(2)
})

test('one target that fails does not keep another from purging', async () => {
  const others: (readonly string[])[] = []
  outcomes = Array(8).fill(new Error('no route'))
  purgeInvalidated(cache, [target(), [cdn((keys) => others.push(keys))]], { again: 0, clock })
  await cache.invalidate('films')
  await turns()
  expect(others).toEqual([['films']])
})

test('closing the cache waits for the first attempt, and for no other', async () => {
  outcomes = [new Error('no route')]
  start()
  void cache.invalidate('films')
  await cache.invalidate('films')
  await cache.close()
  expect(calls).toEqual([['films']])
})

test('once it was ended, nothing is purged or tried again', async () => {
  outcomes = [new Error('no route')]
  const stop = start({}, '1s')
  await cache.invalidate('films')
  await turns()
  stop()
  await cache.invalidate('films')
  for (let n = 0; n < 4; n++) await pass(5_000)
  expect(calls.length).toBeLessThanOrEqual(2)
  await turns()
})

describe('refused', () => {
  test.each([[undefined], ['http://a'], [[{}]], [[null]]])('%j as targets', (targets) => {
    expect(() => purgeInvalidated(cache, targets as never)).toThrow(
      /^The option purge must be what varnish\(\) or cdn\(\) returns, or an array of these, not/,
    )
  })

  test('a cdn without a function, and its options', () => {
    expect(() => cdn(undefined as never)).toThrow('cdn() takes a function that purges keys.')
    expect(() => cdn(() => {}, { maxKeys: 0 })).toThrow(/maxKeys/)
    expect(() => cdn(() => {}, { max: 1 } as never)).toThrow(/cdn\(\) has no option "max"/)
  })
})
