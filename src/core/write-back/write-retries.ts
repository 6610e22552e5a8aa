import type { Clock, Timer } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import type { Ttl, Write } from '../../stores/store.ts'
import type { Events, FragmentSubject } from '../events.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'
import type { Services } from '../services.ts'
import type { CircuitBreaker } from '../store-access/circuit-breaker.ts'
import { asStoreError } from '../store-access/read-batcher.ts'
import type { StoreClock } from '../store-access/store-clock.ts'
import type { WriteQueue } from '../store-access/write-queue.ts'
import type { Clears } from '../tags/clears.ts'
import { touchesOf } from '../tags/tag-versions.ts'

/** Pauses between attempts, in milliseconds: at first, and at most. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000
/** How many entries one attempt writes. */
const BATCH = 64

/** An entry that was to be stored. */
export interface Unstored {
  readonly subject: FragmentSubject
  readonly write: Write
  /** When its page began, by the store's clock. */
  readonly start: number
  readonly tags: readonly string[]
  /** How long its key lives, and the versions of its tags with it. */
  readonly ttl: Ttl
  /** How long it is fresh, in milliseconds. */
  readonly fresh: number
}

type Needed = Pick<Services, 'time' | 'writes' | 'breaker' | 'clock' | 'events' | 'keyPrefix' | 'clears'>

type Limits = Pick<ResolvedOptions, 'maxPendingBytes' | 'maxRender'>

/**
 * Keeps entries whose write has failed, and writes them once the store answers: each at most until the end of its page's
 * `maxRender`, and only if its key is still as that page saw it. The newest of a key counts.
 */
export class WriteRetries {
  readonly #writes: WriteQueue
  readonly #breaker: CircuitBreaker
  readonly #time: Clock
  readonly #clock: StoreClock
  readonly #events: Events
  readonly #keyPrefix: string
  readonly #clears: Clears
  readonly #mostBytes: number
  readonly #maxRender: number
  readonly #kept = new Map<string, Unstored>()
  #bytes = 0
  #pause = FIRST_PAUSE
  #timer: Timer | undefined
  #closed = false

  /** @param maxPendingBytes how many bytes are kept at most; beyond them the oldest are dropped */
  constructor(
    { time, writes, breaker, clock, events, keyPrefix, clears }: Needed,
    { maxPendingBytes, maxRender }: Limits,
  ) {
    this.#writes = writes
    this.#breaker = breaker
    this.#time = time
    this.#clock = clock
    this.#events = events
    this.#keyPrefix = keyPrefix
    this.#clears = clears
    this.#mostBytes = maxPendingBytes
    this.#maxRender = maxRender
  }

  keep(entries: readonly Unstored[]): void {
    if (this.#closed) return
    for (const entry of entries) {
      const { key, value } = entry.write
      this.#remove(key)
      this.#kept.set(key, entry)
      this.#bytes += value.length
    }
    const dropped: Unstored[] = []
    for (const [key, oldest] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) break
      this.#remove(key)
      dropped.push(oldest)
    }
    this.#reportDropped(dropped, `more than ${this.#mostBytes} bytes waited to be stored (maxPendingBytes)`)
    this.#schedule()
  }

  #remove(key: string): void {
    const entry = this.#kept.get(key)
    if (!entry) return
    this.#kept.delete(key)
    this.#bytes -= entry.write.value.length
  }

  #schedule(): void {
    if (this.#timer || this.#closed || this.#kept.size === 0) return
    this.#timer = this.#time.setTimeout(() => void this.#retry(), this.#pause).unref()
  }

  async #retry(): Promise<void> {
    let works = !this.#breaker.error
    while (works && this.#kept.size > 0) works = await this.#writeSome()
    this.#dropLate()
    this.#pause = works ? FIRST_PAUSE : Math.min(this.#pause * 2, LONGEST_PAUSE)
    this.#timer = undefined
    this.#schedule()
  }

  /** @returns whether the store took any */
  async #writeSome(): Promise<boolean> {
    await this.#clears.refresh()
    this.#dropCleared()
    const some = [...this.#kept.values()].slice(0, BATCH)
    if (some.length === 0) return true
    let results: readonly (boolean | Error)[]
    try {
      results = await this.#writes.add(
        some.map(({ write, start }) => ({ ...write, notAfter: this.#clears.until(start) })),
        touchesOf(some, this.#keyPrefix),
      )
    } catch (error) {
      results = some.map(() => asStoreError(error))
    }
    some.forEach((entry, n) => {
      const result = results[n]
      const { subject, write, fresh } = entry
      // What was kept anew meanwhile stays.
      if (this.#kept.get(write.key) !== entry) return
      if (result instanceof Error) {
        // The store may refuse it for good: others come first.
        this.#kept.delete(write.key)
        this.#kept.set(write.key, entry)
        return
      }
      this.#remove(write.key)
      if (result) this.#events.emit({ type: 'write', ...subject, bytes: write.value.length, ttl: fresh })
      else this.#events.emit({ type: 'skip', ...subject, reason: 'its key was written or deleted meanwhile' })
    })
    return results.some((result) => !(result instanceof Error))
  }

  #dropCleared(): void {
    for (const { subject, write, start } of [...this.#kept.values()]) {
      const reason = this.#clears.refusal(start)
      if (reason === undefined) continue
      this.#remove(write.key)
      this.#events.emit({ type: 'skip', ...subject, reason })
    }
  }

  #dropLate(): void {
    const now = this.#clock.now()
    const late = [...this.#kept.values()].filter(({ start }) => now > start + this.#maxRender)
    for (const { write } of late) this.#remove(write.key)
    this.#reportDropped(late, 'the store did not take it before the end of maxRender')
  }

  #reportDropped(entries: readonly Unstored[], why: string): void {
    if (entries.length === 0) return
    const keys = entries.map(({ write }) => write.key)
    this.#events.emit({ type: 'error', error: new StoreError(`Dropped: ${why}`), during: 'write back', keys })
  }

  /** Gives up what is kept: the next page renders it. */
  close(): void {
    this.#closed = true
    this.#time.clearTimeout(this.#timer)
    this.#kept.clear()
    this.#bytes = 0
  }
}
