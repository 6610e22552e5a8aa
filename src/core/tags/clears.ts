import { type Clock, nextTurn, sleep } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import { STAMP_LENGTH, type Store, stampKind, stampTime } from '../../stores/store.ts'
import { Deadline } from '../store-access/deadline.ts'
import type { StoreAccess } from '../store-access/store-access.ts'
import { asStoreError } from '../store-access/store-failure.ts'

/** How long after its process has read the mark an entry may be written, in ms. */
const LEASE = 3_000
/** Age from which the mark is read again, in ms. Writes have the rest of the lease to arrive. */
const GOOD_FOR = 1_000
/** Error of timers, in ms. */
const MARGIN = 50
/** TTL of the mark while a clear is under way, in ms: its process may die. */
const CLOSED_FOR = 60_000
/** Attempts, if the store loses the mark, or another process dies while it clears. */
const ATTEMPTS = 5
/** Pause between two looks whether another process has ended its clear, in ms. */
const LOOK_EVERY = 100

/** Returns the key of the mark, which no clear removes. */
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
 * Removes entries so that no render under way, on any process, brings one back.
 *
 * A mark in the store says that a clear is under way, and later when it ended. Each process reads
 * it with its pages' reads, at most once a second, and writes entries only within {@link LEASE} of
 * such a read (the store refuses later ones). A clear sets the mark, waits for the lease, so that
 * no process writes any more, removes the entries, and sets the mark again: pages that began before
 * store nothing. Of several processes that clear at once the last sets the mark again, and the
 * others remove their entries after that. Hits pay nothing for this.
 */
export class Clears {
  readonly #needed: Needed
  readonly #key: string
  readonly #limits: { readonly timeout: number; readonly maxRender: number }
  readonly #onChange: () => void
  /** By the process' clock. Infinity: no other process writes, and the mark is not read. */
  #readAt: number
  #head: Buffer | null = null
  #closed = false
  /** By the store's clock. */
  #clearedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()
  /** The clears that begin after the last one. */
  #next: Batch | undefined
  /** Number of changes of the mark that this process has seen. */
  generation = 0

  /** @param onChange called when renders under way may not be shared or stored any more */
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

  /** Reads the mark if it is old, in one trip with all reads of this turn. Never rejects. */
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
    const [found] = await access.read(
      [this.#key],
      new Deadline(this.#limits.timeout, time),
      undefined,
      'tags',
    )
    // What this process has set meanwhile is newer.
    if (found === undefined || found instanceof Error || seen !== this.generation) return
    this.#readAt = sentAt
    const head = found && Buffer.from(found.subarray(0, STAMP_LENGTH))
    if (!(head && this.#head?.equals(head)) && head !== this.#head) this.#note(head)
  }

  /** Notes the mark. One that is gone has outlived all that it was for. */
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
   * Returns why nothing of a page is stored; undefined if it may be.
   * @param start when it began, by the store's clock
   */
  refusal(start: number): string | undefined {
    if (this.#closed) return 'the cache is being cleared'
    return start <= this.#clearedAt ? 'the cache was cleared after the page began' : undefined
  }

  /**
   * Returns until when the store may take an entry. @param start when its page began, by the
   * store's clock
   */
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

  /**
   * Removes all keys with a prefix, together with what is asked for meanwhile. @throws StoreError
   */
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
    const { store, access } = this.#needed
    for (const begin of begins) await access.observers.measured('delete', 0, () => store.clear(begin))
  }

  /** Clears a store that only this process writes. */
  async #clearOwn(begins: Iterable<string>): Promise<void> {
    const { store, access, time } = this.#needed
    this.#closed = true
    this.#changed()
    try {
      while (access.isWriting) await nextTurn(time)
      await this.#remove(begins)
      // Not the estimate: a better one could date pages later that began before.
      this.#clearedAt = await store.clock()
    } finally {
      this.#closed = false
      this.#changed()
    }
  }

  async #clearShared(begins: Iterable<string>): Promise<void> {
    // Most is gone at once; and a store that cannot clear fails before anything waits.
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

  /** Clears once. @returns the mark of another process that clears, unless this one was alone */
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
      // Nothing was cleared, and the site is to store again.
      await this.#set('deleted', this.#limits.maxRender).catch(() => {})
      throw asStoreError(cause)
    } finally {
      time.clearInterval(keepAlive)
    }
  }

  /**
   * Waits for the end of the clear that was the last to begin.
   * @param mark the mark that it has set
   * @returns true if that is known: then all that is stored from now on is newer
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
      // A clear that failed may end sooner than writes under way.
      if (stampKind(found) === 'deleted') return stampTime(found) - stampTime(last) >= LEASE
      last = found
    }
    return false
  }

  /** Reads the mark from the store. */
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
