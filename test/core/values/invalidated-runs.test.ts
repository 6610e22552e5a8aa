import { FragmentCache, type FragmentCacheOptions, lazy } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { describe, expect, test } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'

/** A call made after an invalidation has resolved must not get the result of an older run. */

/** Returns a gate at which the first run waits until the test opens it; later runs pass. */
function gateOf() {
  let open = () => {}
  let isFirst = true
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const pass = async () => {
    if (!isFirst) return
    isFirst = false
    await opened
  }
  return { pass, open }
}

const turns = async (count = 20) => {
  for (let n = 0; n < count; n++) await new Promise(setImmediate)
}

/** A cache, and another one that invalidates: the same, or another process' on the same store. */
function processes(which: 'here' | 'in another process', options: Partial<FragmentCacheOptions> = {}) {
  const store = memoryStore({ maxBytes: '1MB' })
  const { cache } = cacheOf('', { store, ...options })
  const other = which === 'here' ? cache : new FragmentCache({ store, ttl: '5m' })
  return { cache, other, store }
}

describe.each(['here', 'in another process'] as const)('invalidated %s', (which) => {
  test('a tag from inside, after the run had read what has it: cached()', async () => {
    const { cache, other } = processes(which)
    const gate = gateOf()
    let row = 'old'
    const film = cache.cached('film', { tags: (id: number) => [`film:${id}`] }, () => row)
    let runs = 0
    const list = cache.cached('list', {}, async () => {
      runs++
      const read = await film(1)
      await gate.pass()
      return read
    })
    const before = list()
    await turns()
    row = 'new'
    await other.invalidate('film:1')
    const after = [list(), list(), list()]
    await turns()
    gate.open()
    expect(await before).toBe('old')
    expect(await Promise.all(after)).toEqual(['new', 'new', 'new'])
    // They share one run.
    expect(runs).toBe(2)
    expect(await list()).toBe('new')
  })

  test('the same where the run is not kept', async () => {
    const { cache, other } = processes(which)
    const gate = gateOf()
    let row = 'old'
    const clock = cache.cached('clock', { ttl: 0 }, () => 'now')
    const film = cache.cached('film', { tags: ['film'] }, () => row)
    const list = cache.cached('list', {}, async () => {
      await clock()
      const read = await film()
      await gate.pass()
      return read
    })
    const before = list()
    await turns()
    row = 'new'
    await other.invalidate('film')
    const after = list()
    await turns()
    gate.open()
    expect([await before, await after]).toEqual(['old', 'new'])
  })

  test('a tag of the call that the run has made: getOrSet()', async () => {
    const { cache, other } = processes(which)
    const gate = gateOf()
    let row = 'old'
    const read = () =>
      cache.values.getOrSet('row', { tags: ['row'] }, async () => {
        const found = row
        await gate.pass()
        return found
      })
    const before = read()
    await turns()
    row = 'new'
    await other.invalidate('row')
    const after = read()
    await turns()
    gate.open()
    expect([await before, await after]).toEqual(['old', 'new'])
  })
})

test('where a tag is invalidated during each run, a call waits for no more than two', async () => {
  const { cache } = processes('here')
  const film = cache.cached('film', { tags: ['film'] }, () => 'film')
  const runs: (() => void)[] = []
  const list = cache.cached('list', {}, async () => {
    await film()
    await new Promise<void>((resolve) => runs.push(resolve))
    return runs.length
  })
  const calls = [list(), list(), list()]
  for (let n = 0; n < 4; n++) {
    await turns()
    await cache.invalidate('film')
    runs[n]?.()
  }
  await Promise.all(calls)
  expect(runs.length).toBe(3)
})

test('the result of a run that began before does not replace a value that another request has preloaded', async () => {
  const { cache, other } = processes('in another process')
  const gate = gateOf()
  let row = 'old'
  const film = cache.cached('film', { tags: ['film'] }, async () => {
    const found = row
    await gate.pass()
    return found
  })
  const before = film()
  await turns()
  row = 'new'
  await other.invalidate('film')
  await cache.preload([film.key()], async () => {
    gate.open()
    expect(await before).toBe('old')
    await turns()
    expect(await film()).toBe('new')
  })
})

test('a run whose tombstone had to make room is not joined, nor kept: of a call, and of a fragment', async () => {
  const { cache, store } = processes('here')
  const pages = cacheOf('{% cache "row" %}{{ text }}{% endcache %}', { store, prefix: 'pages' })
  const [gate, pageGate] = [gateOf(), gateOf()]
  let row = 'old'
  const call = cache.cached('row', {}, async () => {
    const found = row
    await gate.pass()
    return found
  })
  const text = () => {
    const found = row
    return lazy(async () => {
      await pageGate.pass()
      return found
    })
  }
  const before = [call(), pages.html({ text: text() })]
  await turns()
  row = 'new'
  await call.invalidate()
  await pages.cache.delete('row')
  const value = Buffer.alloc(8 * 1024)
  for (let n = 0; n < 384; n++) await store.setMany([{ key: `other:${n}`, value, ttl: 3_600_000 }])
  const after = [call(), pages.html({ text: text() })]
  await turns()
  gate.open()
  pageGate.open()
  expect(await Promise.all(before)).toEqual(['old', 'old'])
  expect(await Promise.all(after)).toEqual(['new', 'new'])
  await cache.settled()
  expect([await call(), await pages.html({ text: text() })]).toEqual(['new', 'new'])
})
