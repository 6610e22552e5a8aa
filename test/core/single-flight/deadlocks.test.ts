import { FragmentCache, lazy } from 'onetrip'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, describe, expect, test } from 'vitest'
import { sleep } from '../../../src/clock.ts'
import { engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { turns } from '../../helpers/turns.ts'

/**
 * Pages that show the same fragments inside each other in different ways, all at once, in two
 * processes: each may wait for what another renders. Every way in which up to three pages hold up
 * to three fragments is tried, in every distribution over the processes. Time stands still but for
 * what the test moves it on: a page that waits until `lockWait`, which is an hour here, never comes
 * to its end.
 */
interface Node {
  readonly name: string
  readonly inner: readonly Node[]
}
type Forest = readonly Node[]

/** All ways to put fragments of these names into each other, in no order. */
function forestsOf(names: readonly string[]): Forest[] {
  const [root, ...others] = names
  if (root === undefined) return [[]]
  // The tree that holds the first name, and what is left beside it.
  return subsetsOf(others).flatMap((inside) => {
    const outside = others.filter((name) => !inside.includes(name))
    return treesOf([root, ...inside]).flatMap((tree) => forestsOf(outside).map((rest) => [tree, ...rest]))
  })
}

function treesOf(names: readonly string[]): Node[] {
  return names.flatMap((name) =>
    forestsOf(names.filter((other) => other !== name)).map((inner) => ({ name, inner })),
  )
}

function subsetsOf(names: readonly string[]): string[][] {
  const [first, ...others] = names
  if (first === undefined) return [[]]
  return subsetsOf(others).flatMap((set) => [set, [first, ...set]])
}

const NAMES = ['a', 'b', 'c']
const FORESTS = subsetsOf(NAMES)
  .filter((names) => names.length > 0)
  .flatMap(forestsOf)

const show = (forest: Forest): string =>
  forest
    .map(({ name, inner }) => (inner.length > 0 ? `${name}(${show(inner)})` : name))
    .sort()
    .join(' ')
const renamed = (forest: Forest, names: Readonly<Record<string, string>>): Forest =>
  forest.map(({ name, inner }) => ({ name: names[name] as string, inner: renamed(inner, names) }))

const ORDERS = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']

/** One of those that differ by their names alone. */
function isFirst(pages: readonly Forest[]): boolean {
  const own = pages.map(show).sort().join(' | ')
  return ORDERS.every((order) => {
    const names = Object.fromEntries(NAMES.map((name, n) => [name, order[n] as string]))
    const other = pages
      .map((page) => show(renamed(page, names)))
      .sort()
      .join(' | ')
    return own <= other
  })
}

function* sets(count: number, from = 0): Generator<Forest[]> {
  if (count === 0) return yield []
  for (let n = from; n < FORESTS.length; n++)
    for (const rest of sets(count - 1, n)) yield [FORESTS[n] as Forest, ...rest]
}

const TEMPLATES = {
  page: '{% for node in nodes %}{% include "node" %}{% endfor %}',
  node:
    '{% cache "f", scenario, node.name %}[{{ node.name }}{{ node.text }}{% for inner in node.inner %}{% set node = inner %}{% include "node" %}' +
    '{% endfor %}]{% endcache %}',
}

describe.each(['store', 'process'] as const)("singleFlight: '%s'", (mode) => {
  const clock = new TestClock()
  const store = memoryStore({ maxBytes: '64MB' }, clock)
  Object.assign(store, { capabilities: { ...store.capabilities, shared: true } })
  const engine = engineOf(TEMPLATES)
  const options = { store, engine, ttl: '1h', limits: { maxRender: '1h', closeTimeout: 1 } } as const
  const processes = [0, 1].map(
    () => new FragmentCache({ ...options, singleFlight: { mode, wait: '1h' } }, clock),
  )
  afterAll(() => Promise.all(processes.map((cache) => cache.close())))

  let scenario = 0
  /**
   * @returns what the pages came to after a second of the clock; undefined for one that still waits
   */
  async function play(
    pages: readonly Forest[],
    placed: readonly number[],
    delays: readonly number[],
  ): Promise<(string | undefined)[]> {
    scenario++
    const results: (string | undefined)[] = pages.map(() => undefined)
    pages.forEach((forest, n) => {
      const withTexts = (nodes: Forest): object[] =>
        nodes.map(({ name, inner }) => ({
          name,
          inner: withTexts(inner),
          text: lazy(() => sleep(delays[n] as number, clock).then(() => '')),
        }))
      const cache = processes[placed[n] as number] as FragmentCache
      cache.render('page', { nodes: withTexts(forest), scenario }).then(
        ({ body }) => {
          results[n] = body.toString()
        },
        (error: Error) => {
          results[n] = error.message
        },
      )
    })
    for (let time = 0; time < 1_000 && results.includes(undefined); time += 10) {
      await turns(6)
      clock.advance(10)
    }
    return results
  }

  test.each([
    ['at the same pace', [10, 10, 10]],
    ['one after the other', [10, 30, 50]],
  ])('no page waits for one that waits for it: %s', async (_, delays) => {
    const stuck: string[] = []
    let played = 0
    for (const count of [2, 3]) {
      for (const pages of sets(count)) {
        if (!isFirst(pages)) continue
        for (let bits = 0; bits < 2 ** (count - 1); bits++) {
          const placed = pages.map((_, n) => (n === 0 ? 0 : (bits >> (n - 1)) & 1))
          played++
          const results = await play(pages, placed, delays)
          const wrong = results.some(
            (result, n) =>
              result === undefined || !(pages[n] as Forest).every(({ name }) => result.includes(`[${name}`)),
          )
          if (wrong) stuck.push(`${pages.map(show).join(' | ')} in ${placed}: ${results.join(' | ')}`)
        }
      }
    }
    expect(played).toBeGreaterThan(2_000)
    expect(stuck).toEqual([])
  })
})
