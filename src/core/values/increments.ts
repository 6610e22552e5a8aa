import { OptionError, StoreError } from '../../errors.ts'
import type { Entry } from '../entry/entry.ts'
import { type Expirations, lasting } from '../entry/lifetime.ts'
import type { Services } from '../services.ts'
import type { FoundValue, Written } from './found-value.ts'
import type { ValueAccess } from './value-access.ts'

/** How often it is tried where others write at the same time. */
const ATTEMPTS = 50

/** A number after an increment, and what is stored of it. */
export interface Incremented {
  readonly sum: number
  readonly body: Buffer
  readonly written: Written
}

/** An increment that waits for those of its key that are under way. */
interface Waiting {
  readonly by: number
  /** Milliseconds, of a number that begins. */
  readonly life: number
  readonly resolve: (incremented: Incremented) => void
  readonly reject: (error: unknown) => void
}

/**
 * Adds to numbers, in one step for all processes: what was read is written only if it is still there. Increments of one key
 * that wait in this process are added together, so that a crowd does not get in its own way.
 */
export class Increments {
  readonly #services: Services
  readonly #values: ValueAccess
  /** By key, of those keys to which something is being added. */
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(services: Services, values: ValueAccess) {
    this.#services = services
    this.#values = values
  }

  /**
   * @param key where it is stored
   * @param life milliseconds, of a number that begins
   * @throws OptionError, StoreError
   */
  add(name: string, key: string, by: number, life: number): Promise<Incremented> {
    return new Promise((resolve, reject) => {
      const added = { by, life, resolve, reject }
      const waiting = this.#waiting.get(key)
      if (waiting) waiting.push(added)
      else void this.#addAll(name, key, [added])
    })
  }

  /** Adds, and then what has come meanwhile, until there is nothing more. Never rejects. */
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

  /** @returns the sum after each of them, and what is stored of the last */
  async #addTogether(
    name: string,
    key: string,
    all: readonly Waiting[],
  ): Promise<{ readonly sums: readonly number[]; readonly body: Buffer; readonly written: Written }> {
    const { life } = all[0] as Waiting
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [found] = (await this.#values.read([{ key, tags: [] }])) as [FoundValue]
      const { stamp } = found
      if (stamp instanceof Error) throw stamp
      const before = found.isFresh ? await this.#values.codec.decode((found.entry as Entry).body) : 0
      if (typeof before !== 'number')
        throw new OptionError(`The value of "${name}" is no number: ${typeof before}.`)
      let sum = before
      const sums = all.map(({ by }) => {
        sum += by
        return sum
      })
      const body = await this.#values.codec.encode(sum)
      const ends = this.#endsOf(found, life)
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
      // It may have been applied: to try again could count twice.
      if (done instanceof Error) throw done
    }
    throw new StoreError(`"${name}" was written by others each time in ${ATTEMPTS} attempts`)
  }

  /** One that is there keeps its end. */
  #endsOf(found: FoundValue, life: number): Expirations {
    return lasting(found.isFresh ? found.until.fresh - this.#services.store.now() : life)
  }
}
