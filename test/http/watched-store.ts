import { type Clock, nextTurn, processClock, sleep } from '../../src/clock.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'
import type { Store } from '../../src/stores/store.ts'
import { deferred } from '../helpers/deferred.ts'

export interface WatchedStore extends Store {
  /** Calls in order, with the number of keys: `getMany 2`. */
  readonly calls: string[]
  /** Milliseconds before each write is applied. */
  writeDelay: number
  /** The error that each call rejects with. */
  failure: Error | undefined
}

/** A memory store that notes its calls, and can be slow or broken. */
export function watchedStore(clock: Clock = processClock): WatchedStore {
  const store = memoryStore({}, clock)
  const watched: WatchedStore = {
    calls: [],
    writeDelay: 0,
    failure: undefined,
    capabilities: store.capabilities,
    getMany: (keys) => note('getMany', keys, () => store.getMany(keys)),
    stampMany: (stamps) => note('stampMany', stamps, () => store.stampMany(stamps)),
    setMany: async (entries) => {
      await (watched.writeDelay > 0 ? sleep(watched.writeDelay, clock) : nextTurn())
      return note('setMany', entries, () => store.setMany(entries))
    },
    touchMany: (items) => note('touchMany', items, () => store.touchMany(items)),
    deleteMany: (keys) => note('deleteMany', keys, () => store.deleteMany(keys)),
    clock: () => store.clock(),
    clear: (prefix) => store.clear(prefix),
    close: () => note('close', [], () => store.close()),
  }
  async function note<T>(name: string, list: readonly unknown[], call: () => Promise<T>): Promise<T> {
    watched.calls.push(`${name} ${list.length}`)
    if (watched.failure) throw watched.failure
    return call()
  }
  return watched
}

/** Holds each write until the function that it returns is called. */
export function holdWrites(store: WatchedStore): () => void {
  const { setMany } = store
  const { promise, resolve } = deferred()
  store.setMany = async (entries) => {
    await promise
    return setMany(entries)
  }
  return resolve
}
