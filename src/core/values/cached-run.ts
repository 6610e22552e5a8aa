import { isRecursion } from './is-recursion.ts'

/**
 * One run of a cached function, in the chain of calls that led to it. Of two runs that wait for
 * each other neither ends: a call that would close such a ring is found before it waits.
 */
export class CachedRun {
  readonly key: string
  /** When it began, by the process' clock. */
  readonly begun: number
  /** It, or a run around it, was started although that closed a ring. */
  readonly isInRing: boolean
  readonly #around: CachedRun | undefined
  /** The runs that its own calls wait for now. */
  readonly waitsFor = new Set<CachedRun>()
  #isOver = false

  /** @param around the run whose function made the call */
  constructor(key: string, begun: number, around: CachedRun | undefined, closesRing: boolean) {
    this.key = key
    this.begun = begun
    this.#around = around
    this.isInRing = closesRing || around?.isInRing === true
  }

  /** Its function has settled: nothing waits for what is left running of it. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Runs its function. After a ring was found, what is left running of it is still in that. */
  async settled<T>(fn: () => T): Promise<Awaited<T>> {
    let foundRing = false
    try {
      return await fn()
    } catch (error) {
      foundRing = isRecursion(error)
      throw error
    } finally {
      this.#isOver = !foundRing
    }
  }

  /** Notes that a call of this run waits for another run until `work` settles. */
  async during<T>(other: CachedRun, work: Promise<T>): Promise<T> {
    this.waitsFor.add(other)
    try {
      return await work
    } finally {
      this.waitsFor.delete(other)
    }
  }

  /**
   * Returns the ring that a call of this run would close: its runs in the order of their calls, the
   * wanted one first; undefined if there is none.
   * @param key the key of the call
   * @param shared the run that it would join
   */
  ringWith(key: string, shared: CachedRun | undefined): readonly CachedRun[] | undefined {
    const chain: CachedRun[] = []
    for (let run: CachedRun | undefined = this; run; run = run.#around) {
      chain.unshift(run)
      if (run.key === key && !run.isOver) return chain
    }
    const joined = shared && waysFrom(shared)
    const meets = joined && chain.findIndex((run) => joined.has(run))
    if (!joined || meets === undefined || meets === -1) return undefined
    const way: CachedRun[] = []
    for (let run = joined.get(chain[meets] as CachedRun); run; run = joined.get(run)) way.unshift(run)
    return [...way, ...chain.slice(meets)]
  }
}

/** Returns all runs that a run waits for, and itself, each with the run that waits for it. */
function waysFrom(run: CachedRun): Map<CachedRun, CachedRun | undefined> {
  const ways = new Map<CachedRun, CachedRun | undefined>([[run, undefined]])
  for (const [one] of ways) for (const other of one.waitsFor) if (!ways.has(other)) ways.set(other, one)
  return ways
}
