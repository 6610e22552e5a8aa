import { type Clock, nextTurn, sleep } from '../clock.ts'
import { StoreError } from '../errors.ts'
import { HEAD_LENGTH, headClock, headKind, type Store } from '../stores/store.ts'
import { Deadline } from './deadline.ts'
import { asStoreError, type Fetcher } from './fetch.ts'
import type { StoreClock } from './store-clock.ts'
import type { WriteQueue } from './write-queue.ts'

/** How long after its process has read the mark an entry may be written, in milliseconds. */
const LEASE = 3_000
/** Age from which the mark is read again, in milliseconds. Writes have the rest of the lease to reach the store. */
const GOOD_FOR = 1_000
/** What timers may be early by, in milliseconds. */
const MARGIN = 50
/** Lifetime of the mark while a clear is under way, in milliseconds: a process may die in it. */
const CLOSED_FOR = 60_000
/** How often it is tried where other processes clear at the same time. */
const ATTEMPTS = 5

/** Where the mark lies: beside what a clear removes. */
function markKey(prefix: string, release: string): string {
  return `${prefix}:~${release.length}:${release}`
}

interface Needed {
  readonly store: Store
  readonly fetcher: Fetcher
  readonly clock: StoreClock
  readonly writes: WriteQueue
  readonly time: Clock
}

/**
 * Removes entries so that no render which is under way, on any process, brings one back.
 *
 * A mark in the store says that a clear is under way, and later when it ended. Each process reads it with the fetches of its
 * pages, at most once a second, and writes entries only within {@link LEASE} of such a read (the store refuses later ones). A
 * clear sets the mark, waits for that long, so that no process writes any more, removes the entries, and sets the mark
 * again: pages that began before store nothing. Hits pay nothing for this.
 */
export class Clears {
  readonly #needed: Needed
  readonly #key: string
  readonly #limits: { readonly timeout: number; readonly maxRender: number }
  readonly #onChange: () => void
  /** By the process' clock. What no other process sees is never read. */
  #readAt: number
  #head: Buffer | null = null
  #closed = false
  /** By the store's clock. */
  #clearedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()
  /** Counts changes of the mark, as this process has seen them. */
  generation = 0

  /** @param onChange is called when what is under way may not be shared or stored any more */
  constructor(
    needed: Needed,
    options: {
      readonly prefix: string
      readonly release: string
      readonly timeout: number
      readonly maxRender: number
    },
    onChange: () => void,
  ) {
    this.#needed = needed
    this.#key = markKey(options.prefix, options.release)
    this.#limits = options
    this.#onChange = onChange
    this.#readAt = needed.store.keeps.shared ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }

  /** Reads the mark where it is time to, in one trip with what is read in the same turn. Never rejects. */
  refresh(): Promise<void> | undefined {
    if (this.#needed.time.now() - this.#readAt < GOOD_FOR) return undefined
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const { fetcher, time } = this.#needed
    const sentAt = time.now()
    const seen = this.generation
    fetcher.forget([this.#key])
    const [found] = await fetcher.fetch([this.#key], new Deadline(this.#limits.timeout, time))
    // What this process has set meanwhile is newer.
    if (found === undefined || found instanceof Error || seen !== this.generation) return
    this.#readAt = sentAt
    const head = found && Buffer.from(found.subarray(0, HEAD_LENGTH))
    if (!(head && this.#head?.equals(head)) && head !== this.#head) this.#note(head)
  }

  /** A mark that is gone has outlived all that it was for. */
  #note(head: Buffer | null): void {
    this.#head = head
    this.#closed = head !== null && headKind(head) === 'created'
    if (head && !this.#closed) this.#clearedAt = headClock(head)
    if (head) this.#changed()
  }

  #changed(): void {
    this.generation++
    this.#onChange()
  }

  /**
   * Returns why nothing is stored of a page; undefined: it may be.
   * @param start when it began, by the store's clock
   */
  refusal(start: number): string | undefined {
    if (this.#closed) return 'the cache is being cleared'
    return start <= this.#clearedAt ? 'the cache was cleared after the page began' : undefined
  }

  /** Returns until when the store may take an entry, by its clock. @param start when its page began, by that clock, too */
  until(start: number): number {
    return Math.max(0, Math.min(start + this.#limits.maxRender, this.#needed.clock.at(this.#readAt) + LEASE))
  }

  /** Removes all keys that begin so. One at a time. @throws StoreError */
  clear(begin: string): Promise<void> {
    const done = this.#last.then(() =>
      this.#needed.store.keeps.shared ? this.#clearShared(begin) : this.#clearOwn(begin),
    )
    this.#last = done.catch(() => {})
    return done
  }

  /** Only this process writes. */
  async #clearOwn(begin: string): Promise<void> {
    const { store, writes, clock, time } = this.#needed
    this.#closed = true
    this.#changed()
    try {
      while (writes.busy) await nextTurn(time)
      await store.clear(begin)
      await clock.refresh()
    } finally {
      this.#clearedAt = clock.now()
      this.#closed = false
      this.#changed()
    }
  }

  async #clearShared(begin: string): Promise<void> {
    const { store, time } = this.#needed
    // Most is gone at once; a store that cannot do it says so before anything waits.
    await store.clear(begin)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const head = await this.#set('created', CLOSED_FOR)
      const keepAlive = time.setInterval(() => {
        void Promise.resolve(store.touchMany([{ key: this.#key, ttl: CLOSED_FOR }])).catch(() => {})
      }, CLOSED_FOR / 4)
      let isAlone: boolean
      try {
        await sleep(LEASE + MARGIN, time)
        await store.clear(begin)
        isAlone = await this.#isThere(head)
      } catch (cause) {
        // It has not been cleared, and the site is to store again.
        await this.#set('deleted', this.#limits.maxRender).catch(() => {})
        throw asStoreError(cause)
      } finally {
        time.clearInterval(keepAlive)
      }
      if (!isAlone) continue
      await this.#set('deleted', this.#limits.maxRender)
      return
    }
    throw new StoreError(
      `clear() was disturbed in ${ATTEMPTS} attempts: other processes clear at the same time, or the store loses keys.`,
    )
  }

  async #isThere(head: Buffer): Promise<boolean> {
    const { store, fetcher } = this.#needed
    fetcher.forget([this.#key])
    const [found] = await store.getMany([this.#key])
    if (found instanceof Error) throw found
    return found?.subarray(0, HEAD_LENGTH).equals(head) === true
  }

  async #set(kind: 'created' | 'deleted', ttl: number): Promise<Buffer> {
    const [head] = await this.#needed.store.stampMany([{ key: this.#key, kind, ttl }])
    if (!Buffer.isBuffer(head)) throw asStoreError(head)
    const copy = Buffer.from(head.subarray(0, HEAD_LENGTH))
    this.#note(copy)
    return copy
  }
}
