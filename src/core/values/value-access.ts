import { messageOf, StoreError } from '../../errors.ts'
import type { Entry } from '../entry/entry.ts'
import { lasting } from '../entry/lifetime.ts'
import { lookUp } from '../lookup/look-up.ts'
import type { Services } from '../services.ts'
import type { TripCounter } from '../store-access/read-batcher.ts'
import { ensureVersions, newReadContext, readVersions } from '../tags/read-keys.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import type { PageTrace } from '../trace/page-trace.ts'
import { FoundValue, VALUE_LOOKUP, type Wanted, type Written } from './found-value.ts'
import type { PreloadScopeState } from './preload-scope.ts'
import { Scopes } from './preload-scopes.ts'
import type { ValueCodec } from './value-codec.ts'
import { ValueCounter } from './value-stats.ts'
import { type StoredValue, writeValues } from './value-writer.ts'

/** A key in the store, and the name that it counts under. */
export interface NamedKey {
  readonly key: string
  readonly name: string
}

/** Context of the running code. */
export interface ValueContext {
  /** Values that were read ahead for it. */
  readonly scope: PreloadScopeState | undefined
  /** Counts the trips of its page. */
  readonly tripCounter: TripCounter | undefined
  /** Records what its page does, where it is traced. */
  readonly trace: PageTrace | undefined
}

/** Reads and writes values, for `cache.values` and for cached functions. */
export class ValueAccess {
  readonly codec: ValueCodec
  readonly counter = new ValueCounter()
  readonly scopes: Scopes
  readonly #services: Services
  readonly #context: ValueContext

  constructor(services: Services, codec: ValueCodec, context: ValueContext) {
    this.#services = services
    this.#context = context
    this.codec = codec
    this.scopes = new Scopes(() => context.scope, services.time)
  }

  /**
   * Reads values as fragments are looked up, in one round trip with all that is read in the same
   * turn. Never rejects.
   * @param trips counter of the page that they are for, if that is known
   */
  async read(wanted: readonly Wanted[], trips = this.#context.tripCounter): Promise<FoundValue[]> {
    const { tripCounter, trace } = this.#context
    const context = newReadContext(this.#services, trips, trips === tripCounter ? trace : undefined)
    const values = wanted.map(({ key, tags }) => new FoundValue(key, tags, context.versions))
    await lookUp(values, VALUE_LOOKUP, context, this.#services)
    return values
  }

  /** See {@link writeValues}. */
  write(values: readonly StoredValue[], during: string): Promise<(boolean | Error)[]> {
    return writeValues(values, during, this.#services)
  }

  /** Reads keys, each once, unless they were read ahead. Counts. */
  async find(keys: readonly NamedKey[]): Promise<FoundValue[]> {
    const scope = this.scopes.current
    const ahead = await Promise.all(keys.map(({ key }) => scope?.find(key)))
    const missing = new Set(keys.flatMap(({ key }, n) => (ahead[n] ? [] : [key])))
    const read = missing.size > 0 ? await this.read([...missing].map((key) => ({ key, tags: [] }))) : []
    const byKey = new Map(read.map((found) => [found.key, found]))
    return keys.map(({ key, name }, n) => {
      const found = (ahead[n] ?? byKey.get(key)) as FoundValue
      this.counter.count(name, !found.isFresh ? 'misses' : ahead[n] ? 'preloadHits' : 'hits')
      return found
    })
  }

  /** Decodes a value that has not expired; undefined if there is none, or it cannot be decoded. */
  async valueOf(found: FoundValue): Promise<unknown> {
    if (!found.isFresh) return undefined
    const { body, stamp } = found.entry as Entry
    try {
      return await this.codec.decode(body, stamp)
    } catch (cause) {
      this.reportUnreadable(found.key, cause)
      return undefined
    }
  }

  reportUnreadable(key: string, cause: unknown): void {
    const error = new StoreError(`A value cannot be read: ${messageOf(cause)}`, { cause })
    this.#services.events.emit({ type: 'error', error, during: 'read value', keys: [key] })
  }

  /**
   * Stores values under keys of their own. What was to be replaced, and was not, is deleted.
   * @param ttl in ms
   * @returns for each whether it was stored
   */
  async set(
    values: readonly (NamedKey & { readonly value: unknown })[],
    ttl: number,
    tags: readonly string[],
  ): Promise<boolean[]> {
    const begun = this.#services.time.now()
    const bodies = await Promise.all(values.map(({ value }) => this.codec.encode(value)))
    const versions = await this.#versionsOf(tags)
    if (!versions) return values.map(() => false)
    const ends = lasting(ttl)
    const stored = await this.write(
      values.map(({ key }, n) => ({ key, body: bodies[n] as Buffer, ends, cost: 0, tags: versions })),
      'set',
    )
    const written = { tags: versions, until: lasting(this.#services.store.now() + ttl) }
    values.forEach(({ key, name }, n) => {
      const isThere = stored[n] === true && !this.scopes.changedSince(begun, key, versions)
      if (isThere) this.wrote(key, bodies[n] as Buffer, name, written)
      else this.scopes.changed(key)
    })
    const failed = values.flatMap(({ key }, n) => (stored[n] === true ? [] : [key]))
    // It is retried until it is applied.
    if (failed.length > 0) await this.#stampDeleted(failed, 'set').catch(() => {})
    return stored.map((one) => one === true)
  }

  /** Returns tag versions, created where absent; undefined if the store could not say. */
  async #versionsOf(tags: readonly string[]): Promise<TagVersion[] | undefined> {
    if (tags.length === 0) return []
    const context = newReadContext(this.#services, this.#context.tripCounter)
    const list = [...new Set(tags)]
    await readVersions(list, context, this.#services)
    await ensureVersions(list, context, this.#services)
    const versions = list.map((tag) => [tag, context.versions.kept(tag)] as const)
    return versions.every(([, version]) => version !== undefined) ? (versions as TagVersion[]) : undefined
  }

  /** Makes what this process has written known to what was read ahead. */
  wrote(key: string, body: Buffer, name: string, written: Written): void {
    this.counter.count(name, 'writes')
    this.scopes.wrote(key, body, written)
  }

  /** Deletes values, in one round trip. @throws StoreError if it is not applied in time */
  async delete(keys: readonly NamedKey[]): Promise<void> {
    try {
      await this.#stampDeleted(
        keys.map(({ key }) => key),
        'delete',
      )
    } finally {
      for (const { key } of keys) this.scopes.changed(key)
    }
    for (const { key, name } of keys) this.#services.events.emit({ type: 'delete', key, name })
  }

  #stampDeleted(keys: readonly string[], during: string): Promise<void> {
    const { store, options } = this.#services
    const ttl = options.maxRender
    return store.stamp(
      keys.map((key) => ({ key, kind: 'deleted', ttl })),
      during,
    )
  }

  /** Removes all keys that begin with a prefix. @param name for the event @throws StoreError */
  async clear(prefix: string, name?: string): Promise<void> {
    try {
      await this.#services.clears.clear(prefix)
    } finally {
      this.scopes.forget(prefix)
    }
    this.#services.events.emit({ type: 'clear', prefix, name })
  }
}
