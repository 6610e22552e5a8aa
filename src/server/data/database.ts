import { WRONG_TYPE } from '../command-error.ts'
import type { AccessFrequency } from './access-frequency.ts'
import { bytesOf, type Container, Entry, stringOf, type Value } from './entry.ts'
import { KeyTable } from './key-table.ts'
import type { EventClass, KeyspaceObserver } from './keyspace-observer.ts'
import type { KeyspaceStats } from './keyspace-stats.ts'
import type { MemberSampler } from './member-sampler.ts'

type ContainerClass<T extends Container> = new () => T

/**
 * The keys of one database. A key past its expiry is removed by whoever finds it.
 *
 * A command that changes a key calls `changed()` afterwards, once for each key.
 */
export class Database {
  readonly index: number
  readonly #clock: { readonly now: number }
  readonly #observer: KeyspaceObserver<Database>
  readonly #stats: KeyspaceStats
  readonly #frequency: AccessFrequency
  #keys = new KeyTable()

  constructor(
    index: number,
    clock: { readonly now: number },
    observer: KeyspaceObserver<Database>,
    stats: KeyspaceStats,
    frequency: AccessFrequency,
  ) {
    this.index = index
    this.#clock = clock
    this.#observer = observer
    this.#stats = stats
    this.#frequency = frequency
  }

  /** Number of keys, those included that are past their expiry and were not found yet. */
  get size(): number {
    return this.#keys.entries.map.size
  }

  /** All keys, in any order. Those past their expiry are included. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#keys.entries.map
  }

  /** The keys with an expiry. */
  get expiring(): ReadonlyMap<string, Entry> {
    return this.#keys.expiring.map
  }

  /** Picks random keys, those included that are past their expiry. */
  get sampler(): MemberSampler {
    return this.#keys.entries.sampler
  }

  /** Picks random keys of those with an expiry. */
  get expiringSampler(): MemberSampler {
    return this.#keys.expiring.sampler
  }

  /** Returns the entry of a key, without counting it as an access. */
  peek(key: string): Entry | undefined {
    const entry = this.#keys.entries.map.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt > this.#clock.now) return entry
    this.expire(key)
    return undefined
  }

  /** Returns the entry of a key, for a command that writes. */
  findEntry(key: string): Entry | undefined {
    const entry = this.peek(key)
    if (entry !== undefined) this.#use(entry)
    return entry
  }

  /** Returns the entry of a key, for a command that reads: it counts as a hit or a miss. */
  readEntry(key: string): Entry | undefined {
    const entry = this.findEntry(key)
    this.#countRead(key, entry !== undefined)
    return entry
  }

  /** Returns the value of a key, for a command that writes. */
  find(key: string): Value | undefined {
    return this.findEntry(key)?.value
  }

  /** Returns the value of a key, for a command that reads. */
  read(key: string): Value | undefined {
    return this.readEntry(key)?.value
  }

  /** Returns the entry of a key, for a command that does not use the value: TYPE, TTL ... */
  inspect(key: string): Entry | undefined {
    const entry = this.peek(key)
    this.#countRead(key, entry !== undefined)
    return entry
  }

  /** @throws CommandError WRONGTYPE */
  findString(key: string): string | undefined {
    return stringOf(this.findEntry(key))
  }

  /** @throws CommandError WRONGTYPE */
  readString(key: string): string | undefined {
    return stringOf(this.readEntry(key))
  }

  /**
   * Returns a container, for a command that writes.
   *
   * @example const list = database.findOf(key, List)
   * @throws CommandError WRONGTYPE
   */
  findOf<T extends Container>(key: string, type: ContainerClass<T>): T | undefined {
    const value = this.find(key)
    if (value === undefined || value instanceof type) return value as T | undefined
    throw WRONG_TYPE
  }

  /**
   * Returns a container, for a command that reads.
   *
   * @throws CommandError WRONGTYPE
   */
  readOf<T extends Container>(key: string, type: ContainerClass<T>): T | undefined {
    const value = this.read(key)
    if (value === undefined || value instanceof type) return value as T | undefined
    throw WRONG_TYPE
  }

  /**
   * Returns a container, a new one where the key is absent. The caller must add an item to it.
   *
   * @throws CommandError WRONGTYPE
   */
  openOf<T extends Container>(key: string, type: ContainerClass<T>): T {
    const found = this.findOf(key, type)
    if (found) return found
    const created = new type()
    this.set(key, created)
    return created
  }

  /** Sets a value. The key has no expiry afterwards. */
  set(key: string, value: Value): void {
    const entry = this.peek(key)
    if (entry === undefined) {
      this.#insert(key, new Entry(value, this.#clock.now))
      return
    }
    entry.value = value
    entry.edited = false
    this.#use(entry)
    if (entry.expiresAt !== Number.POSITIVE_INFINITY) this.persist(key)
  }

  /** Sets a string whose key keeps its expiry. */
  replace(key: string, value: string): void {
    const entry = this.peek(key)
    if (entry === undefined) return this.set(key, value)
    entry.value = value
    entry.edited = false
  }

  /** Sets a string of which a part was changed, such as by SETRANGE. The key keeps its expiry. */
  edit(key: string, value: string): void {
    this.replace(key, value)
    ;(this.#keys.entries.map.get(key) as Entry).edited = true
  }

  /**
   * Sets the expiry of a key.
   *
   * @param at in ms since 1970
   */
  setExpiry(key: string, at: number): void {
    if (this.#keys.setExpiry(key, at)) this.#observer.expires(this, key, at)
  }

  /** Removes the expiry of a key. Returns false if it has none. */
  persist(key: string): boolean {
    return this.#keys.persist(key)
  }

  /** Removes a key: the caller then calls `changed()`. Returns false if it is absent. */
  delete(key: string): boolean {
    if (this.peek(key) === undefined) return false
    this.#remove(key)
    return true
  }

  /**
   * Moves a key with its value and expiry, in the place of what is there, without telling anybody:
   * the caller calls `changed()` of both. Returns false if the key is absent.
   */
  move(key: string, target: Database, newKey: string): boolean {
    const entry = this.peek(key)
    if (entry === undefined) return false
    this.#remove(key)
    entry.bytes = 0
    target.#remove(newKey)
    target.#insert(newKey, entry)
    return true
  }

  /** Removes a container without items. Called after `changed()` of what removed the last one. */
  deleteIfEmpty(key: string, container: Container): void {
    if (container.size > 0) return
    this.#remove(key)
    this.changed(key, 'g', 'del')
  }

  /** Removes a key that is past its expiry. */
  expire(key: string): void {
    this.#remove(key)
    this.#stats.expiredKeys++
    this.#observer.notify(this, 'x', 'expired', key)
    this.#observer.vanished(this, key)
  }

  /** Removes a key to make room. */
  evict(key: string): void {
    this.#remove(key)
    this.#observer.vanished(this, key)
    this.#observer.notify(this, 'e', 'evicted', key)
  }

  /**
   * Tells of a change of a key, after it is done: its memory is counted anew, WATCH and client
   * tracking are told, waiting clients are served after the command, and a notification is sent.
   *
   * @example database.changed(key, '$', 'set')
   */
  changed(key: string, eventClass: EventClass, event: string): void {
    this.account(key)
    this.#observer.changed(this, key)
    this.#observer.notify(this, eventClass, event, key)
  }

  /** Counts the memory of a key anew, after a change without `changed()`: a stream's groups. */
  account(key: string): void {
    const entry = this.#keys.entries.map.get(key)
    if (entry === undefined) return
    const bytes = bytesOf(key, entry)
    this.#stats.memory += bytes - entry.bytes
    entry.bytes = bytes
  }

  /** Tells of something that is no change of a key's value, or a second time of one. */
  notify(key: string, eventClass: EventClass, event: string): void {
    this.#observer.notify(this, eventClass, event, key)
  }

  /** Removes all keys, without telling anybody. Returns those that existed. */
  clear(): Iterable<string> {
    const { map } = this.#keys.entries
    for (const entry of map.values()) this.#stats.memory -= entry.bytes
    this.#keys = new KeyTable()
    return map.keys()
  }

  /** Exchanges the keys of two databases. */
  swap(other: Database): void {
    const keys = this.#keys
    this.#keys = other.#keys
    other.#keys = keys
  }

  #use(entry: Entry): void {
    const { now } = this.#clock
    if (this.#frequency.enabled) this.#frequency.count(entry, now)
    entry.usedAt = now
  }

  #countRead(key: string, hit: boolean): void {
    if (hit) this.#stats.keyspaceHits++
    else {
      this.#stats.keyspaceMisses++
      this.#observer.notify(this, 'm', 'keymiss', key)
    }
  }

  #insert(key: string, entry: Entry): void {
    this.#keys.insert(key, entry)
    const { expiresAt } = entry
    if (expiresAt !== Number.POSITIVE_INFINITY) this.#observer.expires(this, key, expiresAt)
    this.#observer.added(this, key)
    this.#observer.notify(this, 'n', 'new', key)
  }

  #remove(key: string): void {
    const entry = this.#keys.remove(key)
    if (entry !== undefined) this.#stats.memory -= entry.bytes
  }
}
