import { FragmentCache, type Page } from 'onetrip'
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/clock.ts'
import type { Store } from '../../../src/stores/store.ts'
import { onEveryClockedStore } from '../../helpers/clocked-stores.ts'
import { engineOf } from '../../helpers/templates.ts'
import { TestClock } from '../../helpers/test-clock.ts'

/**
 * A page begins and reads a row; the row is changed, and what shows it invalidated or deleted; the
 * page renders what it has read, and is stored. All of it within a millisecond or two, in every
 * order of these steps that there is.
 *
 * What must hold: who asks after the change never finds the row as it was before.
 */
const TEMPLATE = '{% cache "row", id, tags=["row:" ~ id] %}{{ text }}{% endcache %}'

/**
 * Steps of an eighth of a millisecond, over more than two ticks of a clock of whole milliseconds.
 */
const STEP = 1 / 8
const STEPS = 22
/** Number of phases: ONETRIP_RACES=quick tries every other one. */
const COUNT = process.env.ONETRIP_RACES === 'quick' ? 4 : 8
/** Where the wall's millisecond begins, as part of the other clock's. */
const PHASES = Array.from({ length: COUNT }, (_, n) => n / COUNT + 0.01)
const OLD = 'old'
const NEW = 'new'

type Way =
  | 'invalidate'
  | 'delete'
  | 'startedAt'
  | 'cached, invalidate'
  | 'cached, its own invalidate'
  | 'getOrSet, invalidate'
  | 'getOrSet, delete'
  | 'values'
const WAYS: readonly Way[] = [
  'invalidate',
  'delete',
  'startedAt',
  'cached, invalidate',
  'cached, its own invalidate',
  'getOrSet, invalidate',
  'getOrSet, delete',
  'values',
]

/** One page and one change, each step at its time. */
interface Trial {
  readonly id: string
  readonly way: Way
  readonly begins: number
  readonly changes: number
  readonly renders: number
  page: Page | undefined
  read: string | undefined
  row: string
}

function trials(): Trial[] {
  const all: Trial[] = []
  for (const way of WAYS) {
    for (let begins = 0; begins < STEPS; begins++) {
      for (let changes = begins; changes < Math.min(begins + 10, STEPS); changes++) {
        const renders = changes + ((begins * 7 + changes) % 3)
        const id = `${way}:${begins}:${changes}`
        all.push({ id, way, begins, changes, renders, page: undefined, read: undefined, row: OLD })
      }
    }
  }
  return all
}

class Site {
  readonly cache: FragmentCache
  readonly #clock: TestClock
  readonly #row

  constructor(store: Store, clock: TestClock, prefix: string) {
    const engine = engineOf({ page: TEMPLATE })
    this.cache = new FragmentCache({ store, engine, prefix, ttl: '1h', singleFlight: 'off' }, clock)
    this.#clock = clock
    this.#row = this.cache.cached(
      'row',
      { key: (id: string, _read: string) => [id], tags: (id) => [`row:${id}`], ttl: '1h' },
      (_id, read) => read,
    )
  }

  async begin(trial: Trial): Promise<void> {
    trial.page =
      trial.way === 'startedAt' ? this.cache.open({ startedAt: this.#clock.wall() }) : this.cache.open()
    trial.read = trial.row
    if (trial.way === 'values')
      await this.cache.values.set(trial.id, trial.read, { tags: [`row:${trial.id}`] })
  }

  async change(trial: Trial): Promise<void> {
    trial.row = NEW
    if (trial.way === 'delete') await this.cache.delete('row', trial.id)
    else if (trial.way === 'cached, its own invalidate') await this.#row.invalidate(trial.id, NEW)
    else if (trial.way === 'getOrSet, delete') await this.cache.values.delete(trial.id)
    else await this.cache.invalidate(`row:${trial.id}`)
  }

  #getOrSet(id: string, row: string): Promise<string> {
    return this.cache.values.getOrSet(id, { ttl: '1h', tags: [`row:${id}`] }, () => row)
  }

  async render({ id, way, page, read }: Trial): Promise<void> {
    if (!page || read === undefined || way === 'values') return
    if (way.startsWith('cached')) await page.run(() => this.#row(id, read))
    else if (way.startsWith('getOrSet')) await page.run(() => this.#getOrSet(id, read))
    else await page.render('page', { id, text: read })
    await page.writeBack()
    await this.cache.settled()
  }

  /** Returns what the next visitor gets. */
  async show({ id, way, row }: Trial): Promise<unknown> {
    if (way === 'values') return (await this.cache.values.get(id)) ?? row
    if (way.startsWith('cached')) return this.#row(id, row)
    if (way.startsWith('getOrSet')) return this.#getOrSet(id, row)
    return (await this.cache.render('page', { id, text: row })).body.toString()
  }
}

/** @returns the trials after which the old row was shown */
async function play(create: (clock: Clock) => Store, phase: number): Promise<string[]> {
  const clock = new TestClock(phase)
  const store = create(clock)
  const site = new Site(store, clock, `times${phase}`)
  const all = trials()
  const at = async (step: (trial: Trial) => Promise<void>, due: Trial[]) => {
    for (let n = 0; n < due.length; n += 50) await Promise.all(due.slice(n, n + 50).map(step))
  }
  // The estimate of the store's clock is made before.
  await site.cache.values.get('nothing')
  clock.advance(5)
  for (let step = 0; step < STEPS + 3; step++) {
    await at(
      (trial) => site.begin(trial),
      all.filter(({ begins }) => begins === step),
    )
    await at(
      (trial) => site.change(trial),
      all.filter(({ changes }) => changes === step),
    )
    await at(
      (trial) => site.render(trial),
      all.filter(({ renders }) => renders === step),
    )
    clock.advance(STEP)
  }
  clock.advance(5)
  const wrong: string[] = []
  await at(async (trial) => {
    if ((await site.show(trial)) === OLD) wrong.push(trial.id)
  }, all)
  await site.cache.settled()
  await site.cache.close()
  return wrong
}

describe('every order of a page and a change, within a tick of either clock', () => {
  onEveryClockedStore((create) => {
    it.each(PHASES)('the wall %f ms ahead', async (phase) => {
      expect(trials()).toHaveLength(1_400)
      expect(await play(create, phase)).toEqual([])
    })

    it('a page that begins three ticks after the change is stored', async () => {
      const clock = new TestClock(0.4)
      const site = new Site(create(clock), clock, 'later')
      const asked = async (id: string, way: Way) => {
        const trial = { ...(trials()[0] as Trial), id, way }
        await site.change(trial)
        clock.advance(3.1)
        await site.begin(trial)
        await site.render(trial)
        return site.show({ ...trial, row: 'not asked for' })
      }
      for (const way of WAYS) expect(await asked(`later:${way}`, way), way).toBe(NEW)
      await site.cache.close()
    })
  })
})
