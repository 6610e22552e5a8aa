import { makeStamp } from '../../stores/store.ts'
import type { Fragment } from '../fragment/fragment.ts'
import type { PageContext } from '../page-context.ts'
import type { LeakCheck } from '../safety/leak-check.ts'
import { LeakScan } from '../safety/leak-scan.ts'
import type { Services } from '../services.ts'
import { prepareEntry } from '../write-back/prepare-entry.ts'
import type { SharedEntry } from './flight.ts'

/** Prepares the entries that one render shares: what the store is given, if it is stored. */
export class FlightEntries {
  readonly #context: PageContext
  readonly #check: LeakCheck
  readonly #services: Services
  #leakScan: LeakScan | undefined

  constructor(context: PageContext, check: LeakCheck, services: Services) {
    this.#context = context
    this.#check = check
    this.#services = services
  }

  /** Refuses what may not be shared. @throws LeakError, KeyPartError */
  check(fragments: readonly Fragment[]): void {
    this.#context.refuseChangedVary()
    this.#check.look(fragments)
    this.#check.mark(fragments)
  }

  /** Returns the entry of a complete fragment; undefined if it may not be stored. */
  of(fragment: Fragment): SharedEntry {
    try {
      return fragment.stale || !this.#context.mayStore() ? undefined : this.#prepare(fragment)
    } catch {
      // A leak, or a check that failed: nothing is known to be safe.
      return undefined
    }
  }

  #prepare(fragment: Fragment): SharedEntry {
    const { store, options, signer } = this.#services
    const { versions, startedAt, request } = this.#context
    this.check([fragment])
    if (fragment.leak) return undefined
    if (options.detectLeaks) {
      this.#leakScan ??= new LeakScan(options, request)
      if (this.#leakScan.search(fragment)) return undefined
    }
    const now = store.now()
    const prepared = prepareEntry(fragment, versions, store.at(startedAt), now, this.#services)
    if (typeof prepared === 'string') return undefined
    const value = signer ? signer.sign(fragment.key, prepared.value, now) : prepared.value
    return Buffer.concat([makeStamp(now, 'entry'), value])
  }
}
