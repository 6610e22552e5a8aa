import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import type { StampWrite, Store } from '../../stores/store.ts'
import type { Observers } from '../observe/observers.ts'
import { askWithin } from './deadline.ts'
import { asStoreError } from './store-failure.ts'

type Stamp = Buffer | Error

/** How long one command may take, in ms. After it the same key may be tried again. */
const ATTEMPT_MS = 5_000

/**
 * Creates stamps at absent keys. Pages that miss the same tag at the same time share one command:
 * after a deploy with a new release they are many.
 */
export class StampCreations {
  readonly #store: Store
  readonly #clock: Clock
  readonly #observers: Observers
  readonly #underWay = new Map<string, Promise<Stamp>>()

  constructor(store: Store, clock: Clock, observers: Observers) {
    this.#observers = observers
    this.#clock = clock
    this.#store = store
  }

  /**
   * Never rejects. A stamp that another process has created meanwhile stays.
   * @returns the stamp that is at each key now
   */
  create(keys: readonly string[], ttl: number): Promise<Stamp[]> {
    const asked = keys.filter((key) => !this.#underWay.has(key))
    if (asked.length > 0) {
      const creating = this.#send(asked.map((key) => ({ key, kind: 'created', ttl, onlyAbsent: true })))
      asked.forEach((key, n) => {
        this.#underWay.set(
          key,
          creating.then((stamps) => stamps[n] ?? new StoreError('The store did not answer')),
        )
      })
      void creating.then(() => {
        for (const key of asked) this.#underWay.delete(key)
      })
    }
    return Promise.all(keys.map((key) => this.#underWay.get(key) as Promise<Stamp>))
  }

  async #send(stamps: readonly StampWrite[]): Promise<Stamp[]> {
    try {
      const send = () => this.#observers.measured('tags', stamps.length, () => this.#store.stampMany(stamps))
      return await askWithin(ATTEMPT_MS, send, this.#clock)
    } catch (error) {
      const failure = asStoreError(error)
      return stamps.map(() => failure)
    }
  }
}
