import { ClosedError, OptionError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import type { Follower, Store } from '../store.ts'

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
    throw new OptionError(
      `namespacedStore(store, prefix): store must be a store such as redisStore({ url }); got ${show(store)}`,
    )
  if (typeof prefix !== 'string' || prefix === '')
    throw new OptionError(
      `namespacedStore(store, prefix): prefix must be a string such as 'shop:'; got ${show(prefix)}`,
    )
  return partOf(store, prefix)
}

function partOf(store: Store, prefix: string): Store {
  let isClosed = false
  const open = () => {
    if (isClosed) throw new ClosedError('The namespaced store')
    return store
  }
  const all = (keys: readonly string[]) => keys.map((key) => prefix + key)
  const each = <Item extends { readonly key: string }>(items: readonly Item[]) =>
    items.map((item) => ({ ...item, key: prefix + item.key }))
  const { keys, follow, followLog, getCopies, forget, onError } = store
  return {
    capabilities: store.capabilities,
    getMany: async (keys) => open().getMany(all(keys)),
    stampMany: async (stamps) => open().stampMany(each(stamps)),
    setMany: async (entries) => open().setMany(each(entries)),
    touchMany: async (items) => open().touchMany(each(items)),
    deleteMany: async (keys) => open().deleteMany(all(keys)),
    clear: async (begin) => open().clear(prefix + begin),
    clock: async () => open().clock(),
    close: async () => {
      isClosed = true
    },
    // Only where the store has them: callers check for their presence.
    ...(keys && {
      async *keys(begin) {
        const found = keys.call(open(), prefix + begin)
        for await (const key of found) yield key.slice(prefix.length)
      },
    }),
    ...(getCopies && { getCopies: (keys) => (isClosed ? undefined : getCopies.call(store, all(keys))) }),
    ...(store.copyReads && { copyReads: store.copyReads }),
    ...(forget && { forget: (keys) => forget.call(store, all(keys)) }),
    ...(onError && { onError: (listener) => onError.call(store, listener) }),
    ...(follow && {
      follow: (follower, options) =>
        follow.call(store, followerOf(follower, prefix), { ...options, prefix: prefix + options.prefix }),
    }),
    ...(followLog && {
      followLog: (follower, options) =>
        followLog.call(store, followerOf(follower, prefix), { ...options, prefix: prefix + options.prefix }),
    }),
  }
}

/** Reports the keys of a part, without their prefix. */
function followerOf(follower: Follower, prefix: string): Follower {
  return {
    following: () => follower.following(),
    changed: (keys) =>
      follower.changed(keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))),
    allChanged: () => follower.allChanged(),
    toldUntil: (time) => follower.toldUntil(time),
    lost: (error) => follower.lost(error),
  }
}
