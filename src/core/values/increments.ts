import { OptionError, StoreError } from '../../errors.ts'
import type { Entry } from '../entry/entry.ts'
import { type Expirations, lasting } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import type { FoundValue, Written } from './found-value.ts'
import type { ValueAccess } from './value-access.ts'

/** Attempts, if others write at the same time. */
const ATTEMPTS = 50

/** A number after an increment, and its stored form. */
export interface Incremented {
  readonly sum: number
  readonly body: Buffer
  readonly written: Written
}

/** An increment that waits for earlier ones of its key. */
interface Waiting {
  readonly by: number
  /** TTL of a new number, in ms. */
  readonly ttl: number
  readonly resolve: (incremented: Incremented) => void
  readonly reject: (error: unknown) => void
}

/**
 * Adds to numbers, atomically for all processes: what was read is written only if it is still
 * there. Increments of one key that wait in this process are added together, so that a crowd does
 * not contend with itself.
 */
export class Increments {
  readonly #services: Services
  readonly #values: ValueAccess
  /** By key, while something is added to it. */
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(services: Services, values: ValueAccess) {
    this.#services = services
    this.#values = values
  }

  /**
   * @param key the key in the store
   * @param ttl of a new number, in ms
   * @throws OptionError, StoreError
   */
  add(name: string, key: string, by: number, ttl: number): Promise<Incremented> {
    return new Promise((resolve, reject) => {
      const added = { by, ttl, resolve, reject }
      const waiting = this.#waiting.get(key)
      if (waiting) waiting.push(added)
      else void this.#addAll(name, key, [added])
    })
  }

  /** Adds, and then what has come meanwhile, until there is no more. Never rejects. */
  async #addAll(name: string, key: string, first: Waiting[]): Promise<void> {
    for (let all = first; all.length > 0; all = this.#waiting.get(key) as Waiting[]) {
      this.#waiting.set(key, [])
      try {
        const { sums, body, written } = await this.#addTogether(name, key, all)
        for (const [n, { resolve }] of all.entries()) resolve({ sum: sums[n] as number, body, written })
      } catch (error) {
        for (const { reject } of all) reject(error)
      }
    }
    this.#waiting.delete(key)
  }

  /** @returns the sum after each of them, and the stored form of the last */
  async #addTogether(
    name: string,
    key: string,
    all: readonly Waiting[],
  ): Promise<{ readonly sums: readonly number[]; readonly body: Buffer; readonly written: Written }> {
    const { ttl } = all[0] as Waiting
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [found] = (await this.#values.read([{ key, tags: [] }])) as [FoundValue]
      const { stamp } = found
      if (stamp instanceof Error) throw stamp
      const before = found.isFresh ? await this.#values.codec.decode((found.entry as Entry).body) : 0
      if (typeof before !== 'number')
        throw new OptionError(`The value of "${name}" is not a number: ${typeof before}.`)
      let sum = before
      const sums = all.map(({ by }) => {
        sum += by
        return sum
      })
      const body = await this.#values.codec.encode(sum)
      const ends = this.#endsOf(found, ttl)
      const value = {
        key,
        body,
        ends,
        cost: 0,
        tags: found.madeWith,
        ifStamp: stamp,
      }
      const [done] = await this.#values.write([value], 'increment')
      const until = lasting(this.#services.store.now() + ends.fresh)
      if (done === true) return { sums, body, written: { tags: found.madeWith, until } }
      // It may have been applied: another attempt could count twice.
      if (done instanceof Error) throw done
    }
    throw new StoreError(`"${name}" was changed by other processes in each of ${ATTEMPTS} attempts`)
  }

  /** Returns the lifetime: a number that is there keeps its end. */
  #endsOf(found: FoundValue, ttl: number): Expirations {
    return lasting(found.isFresh ? found.until.fresh - this.#services.store.now() : ttl)
  }
}
