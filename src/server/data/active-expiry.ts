import type { Alarm, ServerClock } from '../clock.ts'
import type { Database } from './database.ts'

/** Keys that are removed at once; those that are due as well follow after other work. */
const MAX_AT_ONCE = 10_000
/** The queue is made anew when it has become this long. */
const MIN_REBUILD_LENGTH = 1_024

/** A key that expires at a time, unless its expiry was changed since. */
interface Due {
  readonly at: number
  readonly database: Database
  readonly key: string
}

/**
 * Removes keys when they expire, rather than when they are read: a queue of all expiries,
 * ordered by time, and an alarm for the first. What is not in force any more stays in the queue
 * until its time, or until it is the larger part.
 *
 * Source: a binary heap.
 */
export class ActiveExpiry {
  readonly #clock: ServerClock
  readonly #databases: readonly Database[]
  #heap: Due[] = []
  #rebuildLength = MIN_REBUILD_LENGTH
  #alarm: Alarm | undefined
  #enabled = true

  constructor(clock: ServerClock, databases: readonly Database[]) {
    this.#clock = clock
    this.#databases = databases
  }

  /** False after DEBUG SET-ACTIVE-EXPIRE 0: keys are removed when they are read. */
  get enabled(): boolean {
    return this.#enabled
  }

  set enabled(enabled: boolean) {
    this.#enabled = enabled
    this.#schedule()
  }

  /** Adds a key that has got an expiry. */
  add(database: Database, key: string, at: number): void {
    const heap = this.#heap
    if (heap.length >= this.#rebuildLength) {
      this.rebuild()
      return
    }
    const due = { at, database, key }
    heap.push(due)
    this.#raise(heap.length - 1, due)
    if (heap[0] === due) this.#schedule()
  }

  /** Reads all expiries anew: after databases were exchanged or emptied. */
  rebuild(): void {
    const heap: Due[] = []
    for (const database of this.#databases)
      for (const [key, { expiresAt }] of database.expiring) heap.push({ at: expiresAt, database, key })
    // An ordered array is a heap.
    heap.sort((a, b) => a.at - b.at)
    this.#heap = heap
    this.#rebuildLength = Math.max(MIN_REBUILD_LENGTH, 2 * heap.length)
    this.#schedule()
  }

  #schedule(): void {
    const first = this.#heap[0]
    if (this.#alarm?.at === first?.at && this.#enabled) return
    this.#clock.cancel(this.#alarm)
    this.#alarm = first && this.#enabled ? this.#clock.schedule(first.at, () => this.#run()) : undefined
  }

  #run(): void {
    this.#alarm = undefined
    const { now } = this.#clock
    for (let n = 0; n < MAX_AT_ONCE; n++) {
      const first = this.#heap[0]
      if (first === undefined || first.at > now) break
      this.#removeFirst()
      const { at, database, key } = first
      if (database.entries.get(key)?.expiresAt === at) database.expire(key)
    }
    this.#schedule()
  }

  /** Moves an item up to its place. */
  #raise(from: number, due: Due): void {
    const heap = this.#heap
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above] as Due
      if (parent.at <= due.at) break
      heap[place] = parent
      place = above
    }
    heap[place] = due
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    const { length } = heap
    let place = 0
    for (;;) {
      let below = 2 * place + 1
      if (below >= length) break
      if (below + 1 < length && (heap[below + 1] as Due).at < (heap[below] as Due).at) below++
      const child = heap[below] as Due
      if (child.at >= last.at) break
      heap[place] = child
      place = below
    }
    heap[place] = last
  }
}
