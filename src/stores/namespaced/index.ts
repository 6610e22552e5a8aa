import { ClosedError, OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import type { Follower, StampWrite, Store, StoreCapabilities, Touch, Write } from '../store.ts'

/**
 * Creates a store that is a part of another: each key gets a prefix, and `clear` removes no other
 * keys. Closing a part leaves the whole store open.
 *
 * @throws OptionError where `store` is not a store, or `prefix` is not a string or empty
 *
 * @example
 * ```ts
 * const shop = namespacedStore(store, 'shop:')
 * ```
 */
export function namespacedStore(store: Store, prefix: string): Store {
  if (typeof store?.getMany !== 'function')
    throw new OptionError(`namespacedStore(store, prefix) takes a store first; got ${show(store)}`)
  if (typeof prefix !== 'string' || prefix === '')
    throw new OptionError(
      `namespacedStore(store, prefix): prefix must be a string such as 'shop:'; got ${show(prefix)}`,
    )
  return new NamespacedStore(store, prefix)
}

class NamespacedStore implements Store {
  readonly capabilities: StoreCapabilities
  // Only where the store has them: callers check for their presence.
  readonly keys?: NonNullable<Store['keys']>
  readonly follow?: NonNullable<Store['follow']>
  readonly getCopies?: NonNullable<Store['getCopies']>
  readonly forget?: NonNullable<Store['forget']>
  readonly onError?: NonNullable<Store['onError']>
  readonly #store: Store
  readonly #prefix: string
  #closed = false

  constructor(store: Store, prefix: string) {
    this.capabilities = store.capabilities
    this.#store = store
    this.#prefix = prefix
    const { keys, follow, getCopies, forget, onError } = store
    if (keys) this.keys = (begin) => this.#keys(begin)
    if (getCopies)
      this.getCopies = (keys) => (this.#closed ? undefined : getCopies.call(store, this.#all(keys)))
    if (forget) this.forget = (keys) => forget.call(store, this.#all(keys))
    if (onError) this.onError = (listener) => onError.call(store, listener)
    if (follow) {
      this.follow = (follower, options) =>
        follow.call(store, this.#inside(follower), { ...options, prefix: prefix + options.prefix })
    }
  }

  async getMany(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#open().getMany(this.#all(keys))
  }

  async stampMany(stamps: readonly StampWrite[]): Promise<(Buffer | Error)[]> {
    return this.#open().stampMany(this.#each(stamps))
  }

  async setMany(entries: readonly Write[]): Promise<(boolean | Error)[]> {
    return this.#open().setMany(this.#each(entries))
  }

  async touchMany(items: readonly Touch[]): Promise<(boolean | Error)[]> {
    return this.#open().touchMany(this.#each(items))
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return this.#open().deleteMany(this.#all(keys))
  }

  async clear(prefix: string): Promise<void> {
    return this.#open().clear(this.#prefix + prefix)
  }

  async clock(): Promise<number> {
    return this.#open().clock()
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #open(): Store {
    if (this.#closed) throw new ClosedError('The namespaced store')
    return this.#store
  }

  async *#keys(begin: string): AsyncIterable<string> {
    const store = this.#open() as Required<Store>
    for await (const key of store.keys(this.#prefix + begin)) yield key.slice(this.#prefix.length)
  }

  #all(keys: readonly string[]): string[] {
    return keys.map((key) => this.#prefix + key)
  }

  #each<Item extends { readonly key: string }>(items: readonly Item[]): Item[] {
    return items.map((item) => ({ ...item, key: this.#prefix + item.key }))
  }

  #inside(follower: Follower): Follower {
    const prefix = this.#prefix
    return {
      following: () => follower.following(),
      changed: (keys) =>
        follower.changed(keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))),
      allChanged: () => follower.allChanged(),
      toldUntil: (time) => follower.toldUntil(time),
      lost: (error) => follower.lost(error),
    }
  }
}
