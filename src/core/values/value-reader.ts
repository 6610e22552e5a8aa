import { lookUp } from '../lookup/look-up.ts'
import type { Services } from '../services.ts'
import type { TripCounter } from '../store-access/trip-counter.ts'
import { newReadContext } from '../tags/read-keys.ts'
import { FoundValue, VALUE_LOOKUP } from './found-value.ts'

/** A value to read. */
export interface Wanted {
  readonly key: string
  /** The tags that it is known to have. */
  readonly tags: readonly string[]
}

/**
 * Reads values as fragments are looked up, in one round trip with all that is read in the same
 * turn.
 */
export class ValueReader {
  readonly #services: Services
  readonly #trips: () => TripCounter | undefined

  /** @param trips returns the counter of the page that the running code belongs to */
  constructor(services: Services, trips: () => TripCounter | undefined) {
    this.#services = services
    this.#trips = trips
  }

  /** Never rejects. @param trips counter of the page that it is for, if that is known */
  async read(wanted: readonly Wanted[], trips = this.#trips()): Promise<FoundValue[]> {
    const context = newReadContext(this.#services, trips)
    const values = wanted.map(({ key, tags }) => new FoundValue(key, tags, context.versions))
    await lookUp(values, VALUE_LOOKUP, context, this.#services)
    return values
  }
}
