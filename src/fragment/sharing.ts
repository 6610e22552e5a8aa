import { HEAD_RANDOM_LENGTH, headClock, headKind, makeHead } from '../stores/store.ts'
import type { FetchedBy } from './fetch-wave.ts'
import type { Fragment } from './fragment.ts'
import type { LeakCheck } from './leak-check.ts'
import { Canary } from './leaks.ts'
import type { Bypass } from './options.ts'
import type { Services } from './services.ts'
import type { Flight, Landed } from './single-flight.ts'
import { storedForm } from './stored-form.ts'
import type { Vary } from './vary.ts'

/** What a page's fragments are shared by. */
export interface SharedBy extends FetchedBy {
  readonly bypass: Bypass
  /** The framework's request, for `detectLeaks`. */
  readonly request: unknown
  /** When the page's data began to be loaded, by `performance.now()`. */
  readonly startedAt: number
  /** What it differs by, which must be as it was when the keys were made. */
  readonly vary: Vary
  /** Whether what the page renders may be stored, as its method and its status are now. */
  readonly mayStore: () => boolean
}

/**
 * The flights of one render: those that it leads, and those that it joins. What it leads is given to others once it is
 * complete, and ended when it is stored.
 */
export class Sharing {
  readonly #by: SharedBy
  readonly #check: LeakCheck
  readonly #services: Services
  readonly #led = new Map<Fragment, { readonly id: string; readonly flight: Flight }>()
  #canary: Canary | undefined

  constructor(by: SharedBy, check: LeakCheck, services: Services) {
    this.#by = by
    this.#check = check
    this.#services = services
  }

  /**
   * Takes a fragment that was missed on board.
   * @returns the flight to wait for; undefined: the page renders it
   */
  board(fragment: Fragment): Flight | undefined {
    const { flights } = this.#services
    if (!flights || this.#by.bypass !== false || this.#led.has(fragment)) return undefined
    const id = this.#idOf(fragment)
    if (id === undefined) return undefined
    const known = flights.find(id)
    if (known) return known
    if (this.#mayLead(fragment)) this.#led.set(fragment, { id, flight: flights.start(id) })
    return undefined
  }

  /** Gives what is complete to those who wait. To be called before this page waits for others, or they may wait for it. */
  land(): void {
    for (const [fragment, { flight }] of this.#led) {
      if (!flight.hasLanded && fragment.complete) flight.land(() => this.#formOf(fragment))
    }
  }

  /** The page is stored, or failed, or is not to be stored. */
  end(): void {
    for (const { id, flight } of this.#led.values()) this.#services.flights?.end(id, flight)
    this.#led.clear()
  }

  /** Same place, same code, same key, same head and same versions. Undefined: nobody can tell. */
  #idOf({ unshared, head, tags, place, engine, key, version, conflictsWith }: Fragment): string | undefined {
    if (unshared !== undefined || head instanceof Error || conflictsWith !== undefined) return undefined
    let id = `${key} ${version}\n${place.id}\n${place.digest}\n${engine}\n${head ? head.toString('latin1') : ''}`
    for (const tag of tags) {
      const known = this.#by.versions.of(tag)
      if (!Buffer.isBuffer(known)) return undefined
      id += `\n${tag}\n${known.toString('latin1')}`
    }
    return id
  }

  /** Whether what this page renders of it may be stored, as far as is known before. */
  #mayLead({ head, tags }: Fragment): boolean {
    const start = this.#services.clock.at(this.#by.startedAt)
    if (Number.isNaN(start) || !this.#by.mayStore()) return false
    if (Buffer.isBuffer(head) && headKind(head) !== undefined && headClock(head) >= start) return false
    return tags.every((tag) => {
      const version = this.#by.versions.of(tag) as Buffer
      return headKind(version) !== 'invalidated' || headClock(version) < start
    })
  }

  /** What the store will be given, if it will. */
  #formOf(fragment: Fragment): Landed {
    const { clock, options } = this.#services
    try {
      if (fragment.stale || !this.#by.mayStore()) return undefined
      this.#by.vary.refuseChanged()
      this.#check.look([fragment])
      this.#check.mark([fragment])
      if (fragment.leak) return undefined
      if (options.detectLeaks) {
        this.#canary ??= new Canary(options, this.#by.request)
        if (this.#canary.search(fragment)) return undefined
      }
      const now = clock.at(performance.now())
      const form = storedForm(fragment, this.#by.versions, clock.at(this.#by.startedAt), now, this.#services)
      if (typeof form === 'string') return undefined
      return Buffer.concat([makeHead(now, NO_RANDOM, 'entry'), form.entry])
    } catch {
      // A leak, or a check that failed: nothing is known to be safe.
      return undefined
    }
  }
}

/** What lands is never compared with what is stored. */
const NO_RANDOM = Buffer.alloc(HEAD_RANDOM_LENGTH)
