import type { Clock } from '../../clock.ts'
import type { VaryValues } from '../definition/define-fragment.ts'
import { AbortableWaits } from './abortable-waits.ts'
import { Pace } from './pace.ts'
import { MOST_ERRORS, type ResolvedWarmOptions, type WarmError, type WarmResult } from './warm-options.ts'

/** A fragment that is to be warmed. */
export interface WarmTarget {
  readonly params: unknown
  readonly vary: VaryValues
}

/** Outcome of one fragment. */
export type Warmed = 'stored' | 'fresh' | 'skipped'

/**
 * Renders many fragments, some at a time. An error of one ends none of the others.
 * @param total undefined if it is not known
 * @throws what the iteration throws, and the reason of the signal
 */
export async function warm(
  targets: AsyncIterable<WarmTarget> | Iterable<WarmTarget>,
  total: number | undefined,
  render: (target: WarmTarget) => Promise<Warmed>,
  { concurrency, perSecond, onProgress, signal }: ResolvedWarmOptions,
  clock: Clock,
): Promise<WarmResult> {
  const counts = { done: 0, total, stored: 0, fresh: 0, skipped: 0, failed: 0 }
  const errors: WarmError[] = []
  const pace = new Pace(perSecond, clock)
  const queue = new SharedIterator(targets)
  const waits = new AbortableWaits(signal)

  const work = async () => {
    for (;;) {
      const target = await waits.until(queue.next())
      if (!target) return
      await waits.until(pace.turn())
      try {
        counts[await render(target)]++
      } catch (error) {
        counts.failed++
        if (errors.length < MOST_ERRORS) errors.push({ ...target, error })
      }
      counts.done++
      onProgress({ ...counts })
    }
  }
  const lanes = Math.min(concurrency, total ?? concurrency)
  const ends = await Promise.allSettled(Array.from({ length: lanes }, work))
  waits.end()
  // A source that waits, such as a cursor of a database that does not answer, may never end.
  const closed = queue.close()
  if (signal?.aborted) closed.catch(() => {})
  else await closed
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure) throw failure.reason
  return { ...counts, errors }
}

/** An iteration that several workers take from: one item is asked for at a time. */
class SharedIterator<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T>
  #last: Promise<unknown> = Promise.resolve()
  #over = false

  constructor(items: AsyncIterable<T> | Iterable<T>) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  }

  /** Returns the next item; undefined at the end. */
  next(): Promise<T | undefined> {
    const next = this.#last.then(() => this.#next())
    this.#last = next.catch(() => {})
    return next
  }

  async #next(): Promise<T | undefined> {
    if (this.#over) return undefined
    try {
      const { done, value } = await this.#iterator.next()
      if (!done) return value
      this.#over = true
      return undefined
    } catch (error) {
      this.#over = true
      throw error
    }
  }

  /** Lets the iteration end early. */
  async close(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#iterator.return?.()
  }
}
