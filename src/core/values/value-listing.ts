import { StoreError } from '../../errors.ts'
import { stampKind } from '../../stores/store.ts'
import { readEntry } from '../entry/entry.ts'
import { SIGNATURE_LENGTH } from '../entry/entry-signer.ts'
import type { Services } from '../services.ts'
import { VALUE_PROVENANCE } from './found-value.ts'
import type { ValueAccess } from './value-access.ts'
import { allValues, cachedPrefix } from './value-key.ts'

/** Keys that are read at once. */
const PAGE = 200

/** Lists values by the keys of the store. */
export class ValueListing {
  readonly #services: Services
  readonly #values: ValueAccess

  constructor(services: Services, values: ValueAccess) {
    this.#services = services
    this.#values = values
  }

  /**
   * Lists the chosen keys of values with a prefix. @throws StoreError if the store cannot list keys
   */
  async *keys(begin: string, choose: (key: string) => boolean): AsyncGenerator<string, void, void> {
    for await (const page of this.#pages(begin)) {
      const found = await this.#values.read(page.filter(choose).map((key) => ({ key, tags: [] })))
      for (const one of found) if (one.isFresh) yield one.key
    }
  }

  /** Removes what expired at least `age` ms ago. @returns how many @throws StoreError */
  async removeExpired(age: number): Promise<number> {
    const { keyPrefix, options, store } = this.#services
    await store.syncClock()
    let removed = 0
    for (const begin of [allValues(keyPrefix), cachedPrefix(keyPrefix)]) {
      for await (const keys of this.#pages(begin)) {
        const before = store.now() - age
        // Copies may be older than what would be removed.
        store.dropCopies(keys)
        const values = await options.store.getMany(keys)
        const expired = keys.filter((key, n) => endOf(key, values[n] as Buffer | null | Error) <= before)
        removed += await options.store.deleteMany(expired)
      }
    }
    return removed
  }

  async *#pages(prefix: string): AsyncGenerator<string[], void, void> {
    const { store } = this.#services.options
    if (!store.keys) throw new StoreError('This store cannot list its keys')
    let page: string[] = []
    for await (const key of store.keys(prefix)) {
      page.push(key)
      if (page.length < PAGE) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }
}

/** Returns when a value expires, by the store's clock; Infinity for anything else. */
function endOf(key: string, value: Buffer | null | Error): number {
  if (!Buffer.isBuffer(value) || stampKind(value) !== 'entry') return Number.POSITIVE_INFINITY
  // A signature is behind the body: the header can be parsed without it.
  const entry = readEntry(key, value, {}) ?? readEntry(key, value.subarray(0, -SIGNATURE_LENGTH), {})
  if (entry?.provenance !== VALUE_PROVENANCE) return Number.POSITIVE_INFINITY
  return Math.max(entry.revalidateUntil, entry.errorUntil)
}
