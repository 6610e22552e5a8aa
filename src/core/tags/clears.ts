import { type Clock, nextTurn, sleep } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import { STAMP_LENGTH, type Store, stampKind, stampTime } from '../../stores/store.ts'
import { Deadline } from '../store-access/deadline.ts'
import type { StoreAccess } from '../store-access/store-access.ts'
import { asStoreError } from '../store-access/store-failure.ts'

/** How long after its process has read the mark an entry may be written, in milliseconds. */
const LEASE = 3_000
/** Age from which the mark is read again, in milliseconds. Writes have the rest of the lease to reach the store. */
const GOOD_FOR = 1_000
/** What timers may be early by, in milliseconds. */
const MARGIN = 50
/** Lifetime of the mark while a clear is under way, in milliseconds: a process may die in it. */
const CLOSED_FOR = 60_000
/** How often it is tried where the store loses the mark, or another process dies while it clears. */
const ATTEMPTS = 5
/** How often it is looked whether another process has ended its clear, in milliseconds. */
const LOOK_EVERY = 100

/** Where the mark lies: beside what a clear removes. */
function markKey(prefix: string, release: string): string {
  return `${prefix}:~${release.length}:${release}`
}

/** Clears that begin together. */
interface Batch {
  readonly begins: Set<string>
  readonly done: Promise<void>
}

interface Needed {
  readonly store: Store
  readonly access: StoreAccess
  readonly time: Clock
}

/**
 * Removes entries so that no render which is under way, on any process, brings one back.
 *
 * A mark in the store says that a clear is under way, and later when it ended. Each process reads it with the fetches of its
 * pages, at most once a second, and writes entries only within {@link LEASE} of such a read (the store refuses later ones). A
 * clear sets the mark, waits for that long, so that no process writes any more, removes the entries, and sets the mark
 * again: pages that began before store nothing. Of several processes that clear at once the last one sets the mark again, and
 * the others remove their entries when it has. Hits pay nothing for this.
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
  /** What begins when the last one has ended. */
  #next: Batch | undefined
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
    this.#readAt = needed.store.capabilities.shared ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
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
    const { access, time } = this.#needed
    const sentAt = time.now()
    const seen = this.generation
    access.dropCopies([this.#key])
    const [found] = await access.read([this.#key], new Deadline(this.#limits.timeout, time))
    // What this process has set meanwhile is newer.
    if (found === undefined || found instanceof Error || seen !== this.generation) return
    this.#readAt = sentAt
    const head = found && Buffer.from(found.subarray(0, STAMP_LENGTH))
    if (!(head && this.#head?.equals(head)) && head !== this.#head) this.#note(head)
  }

  /** A mark that is gone has outlived all that it was for. */
  #note(head: Buffer | null): void {
    this.#head = head
    this.#closed = head !== null && stampKind(head) === 'created'
    if (head && !this.#closed) this.#clearedAt = stampTime(head)
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
    return Math.max(0, Math.min(start + this.#limits.maxRender, this.#needed.access.at(this.#readAt) + LEASE))
  }

  /** Resolves when no clear is under way. Never rejects. */
  async settled(): Promise<void> {
    for (let last: unknown; last !== this.#last; ) {
      last = this.#last
      await last
    }
  }

  /** Removes all keys that begin so: what is asked for while others are being removed, together after them. @throws StoreError */
  clear(begin: string): Promise<void> {
    this.#next ??= this.#queue()
    this.#next.begins.add(begin)
    return this.#next.done
  }

  #queue(): Batch {
    const begins = new Set<string>()
    const done = this.#last.then(() => {
      this.#next = undefined
      return this.#needed.store.capabilities.shared ? this.#clearShared(begins) : this.#clearOwn(begins)
    })
    this.#last = done.catch(() => {})
    return { begins, done }
  }

  async #remove(begins: Iterable<string>): Promise<void> {
    for (const begin of begins) await this.#needed.store.clear(begin)
  }

  /** Only this process writes. */
  async #clearOwn(begins: Iterable<string>): Promise<void> {
    const { store, access, time } = this.#needed
    this.#closed = true
    this.#changed()
    try {
      while (access.isWriting) await nextTurn(time)
      await this.#remove(begins)
      // Not an estimate: a better one could make pages later that began before.
      this.#clearedAt = await store.clock()
    } finally {
      this.#closed = false
      this.#changed()
    }
  }

  async #clearShared(begins: Iterable<string>): Promise<void> {
    // Most is gone at once; a store that cannot do it says so before anything waits.
    await this.#remove(begins)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#clearOnce(begins)
      if (found === 'done') return
      if (!found || !(await this.#othersHaveEnded(found))) continue
      await this.#remove(begins)
      return
    }
    throw new StoreError(
      `clear() was disturbed in ${ATTEMPTS} attempts: other processes clear again and again, or the store loses keys.`,
    )
  }

  /** @returns the mark of another process that clears, if this one was not alone */
  async #clearOnce(begins: Iterable<string>): Promise<Buffer | null | 'done'> {
    const { store, time } = this.#needed
    const head = await this.#set('created', CLOSED_FOR)
    const keepAlive = time.setInterval(() => {
      void Promise.resolve(store.touchMany([{ key: this.#key, ttl: CLOSED_FOR }])).catch(() => {})
    }, CLOSED_FOR / 4)
    try {
      await sleep(LEASE + MARGIN, time)
      await this.#remove(begins)
      const found = await this.#found()
      if (!found?.equals(head)) return found
      await this.#set('deleted', this.#limits.maxRender)
      return 'done'
    } catch (cause) {
      // It has not been cleared, and the site is to store again.
      await this.#set('deleted', this.#limits.maxRender).catch(() => {})
      throw asStoreError(cause)
    } finally {
      time.clearInterval(keepAlive)
    }
  }

  /**
   * Waits until the process has ended its clear that was the last to begin one.
   * @param mark what it has set
   * @returns whether that is known: then all that is stored from now on was made after it, and this one began before it ended
   */
  async #othersHaveEnded(mark: Buffer): Promise<boolean> {
    const { time } = this.#needed
    const limit = time.now() + CLOSED_FOR
    let last = mark
    while (stampKind(last) === 'created' && time.now() < limit) {
      await sleep(LOOK_EVERY, time)
      const found = await this.#found()
      if (!found) return false
      if (found.equals(last)) continue
      this.#note(found)
      // Of a clear that has failed it may come sooner than writes that were under way.
      if (stampKind(found) === 'deleted') return stampTime(found) - stampTime(last) >= LEASE
      last = found
    }
    return false
  }

  /** The mark as it is in the store. */
  async #found(): Promise<Buffer | null> {
    const { store, access } = this.#needed
    access.dropCopies([this.#key])
    const [found = null] = await store.getMany([this.#key])
    if (found instanceof Error) throw found
    return found && Buffer.from(found.subarray(0, STAMP_LENGTH))
  }

  async #set(kind: 'created' | 'deleted', ttl: number): Promise<Buffer> {
    const [head] = await this.#needed.store.stampMany([{ key: this.#key, kind, ttl }])
    if (!Buffer.isBuffer(head)) throw asStoreError(head)
    const copy = Buffer.from(head.subarray(0, STAMP_LENGTH))
    this.#note(copy)
    return copy
  }
}
