import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import type { StampWrite, Store } from '../../stores/store.ts'
import { askWithin } from '../store-access/deadline.ts'
import { asStoreError } from '../store-access/read-batcher.ts'

type Made = Buffer | Error

/** After how many milliseconds a tag may be tried again whose creation was not answered. */
const PATIENCE = 5_000

/**
 * Makes versions of tags that are absent. Pages that miss the same tag at the same time share one command: where a site
 * begins anew they are many.
 */
export class Creations {
  readonly #store: Store
  readonly #clock: Clock
  readonly #making = new Map<string, Promise<Made>>()

  constructor(store: Store, clock: Clock) {
    this.#clock = clock
    this.#store = store
  }

  /** Never rejects. What another has made meanwhile stays. @returns the head of each that is there now */
  make(keys: readonly string[], ttl: number): Promise<Made[]> {
    const fresh = keys.filter((key) => !this.#making.has(key))
    if (fresh.length > 0) {
      const made = this.#stamp(fresh.map((key) => ({ key, kind: 'created', ttl, onlyAbsent: true })))
      fresh.forEach((key, n) => {
        this.#making.set(
          key,
          made.then((heads) => heads[n] ?? new StoreError('The store did not answer')),
        )
      })
      void made.then(() => {
        for (const key of fresh) this.#making.delete(key)
      })
    }
    return Promise.all(keys.map((key) => this.#making.get(key) as Promise<Made>))
  }

  async #stamp(stamps: readonly StampWrite[]): Promise<Made[]> {
    try {
      return await askWithin(PATIENCE, () => this.#store.stampMany(stamps), this.#clock)
    } catch (error) {
      const failure = asStoreError(error)
      return stamps.map(() => failure)
    }
  }
}
