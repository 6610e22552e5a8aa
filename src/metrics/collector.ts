import type { Clock } from '../clock.ts'
import type { FragmentEvent } from '../core/events.ts'
import type { FragmentCache } from '../core/fragment-cache.ts'
import type {
  CacheObserver,
  ObservedFragment,
  ObservedPage,
  ObservedTrip,
} from '../core/observe/cache-observer.ts'
import { addError, addSnapshot } from './add-snapshot.ts'
import { labelled } from './labels.ts'
import {
  emptyFragment,
  emptyRoute,
  emptySnapshot,
  type FragmentNumbers,
  fragmentLabel,
  LABEL_LIMITS,
  type RouteNumbers,
  type Snapshot,
} from './snapshot.ts'

/** The fragment that stood at one place of a page, with its numbers. */
class Slot {
  readonly name: string
  readonly template: string
  readonly numbers: FragmentNumbers

  constructor(name: string, template: string, numbers: FragmentNumbers) {
    this.name = name
    this.template = template
    this.numbers = numbers
  }
}

/**
 * Numbers of the pages of one template. They mostly have the same fragments in the same order, and
 * strings of templates are compared by identity, so that no label is made or looked up for a hit.
 */
class TemplateSlots {
  readonly numbers: RouteNumbers
  readonly slots: Slot[] = []

  constructor(numbers: RouteNumbers) {
    this.numbers = numbers
  }
}

/** The part of a cache that is observed. */
export type ObservedCache = Pick<FragmentCache, 'observe' | 'copyReads'>

/** Counts what one cache does, from its creation on. */
export class Collector implements CacheObserver {
  /** Pages that were counted. */
  pages = 0
  readonly #cache: ObservedCache
  readonly #clock: Clock
  readonly #unsubscribe: () => void
  /** All that was taken. */
  readonly #taken: Snapshot
  /** The rest. */
  #current: Snapshot
  #templates = new Map<string, TemplateSlots>()
  /** The state at the last call of `take()`. */
  #copyReads: { readonly hits: number; readonly misses: number }
  #changed = false

  constructor(cache: ObservedCache, clock: Clock) {
    this.#cache = cache
    this.#clock = clock
    this.#copyReads = cache.copyReads
    this.#current = this.#begin('closed')
    this.#taken = this.#begin('closed')
    this.#unsubscribe = cache.observe(this)
  }

  #begin(breaker: Snapshot['breaker']): Snapshot {
    const now = this.#clock.wall()
    return { ...emptySnapshot(), from: now, to: now, breaker }
  }

  /**
   * Returns what was counted since the last call; undefined if nothing was. What is not taken adds
   * up.
   */
  take(): Snapshot | undefined {
    this.#countCopyReads()
    const delta = this.#current
    delta.to = Math.max(delta.from, this.#clock.wall())
    if (!this.#changed) {
      delta.from = delta.to
      return undefined
    }
    this.#changed = false
    this.#current = this.#begin(delta.breaker)
    this.#templates = new Map()
    addSnapshot(this.#taken, delta)
    return delta
  }

  /** Returns all that was counted since the creation. */
  snapshot(): Snapshot {
    this.#countCopyReads()
    const all = emptySnapshot()
    addSnapshot(all, this.#taken)
    this.#current.to = Math.max(this.#current.from, this.#clock.wall())
    addSnapshot(all, this.#current)
    return all
  }

  /** Ends the observation. What was counted stays. */
  close(): void {
    this.#unsubscribe()
  }

  page(page: ObservedPage): void {
    const current = this.#current
    const { template, route, fragments, trips, valueTrips, duration, storeTime } = page
    this.#changed = true
    this.pages++
    current.pages++
    current.trips += trips
    current.valueTrips += valueTrips
    current.waiters += page.waits
    const { numbers: byTemplate, slots } = this.#templates.get(template) ?? this.#slotsOf(template)
    let hits = 0
    let stale = 0
    let saved = 0
    let lost = 0
    for (let n = 0; n < fragments.length; n++) {
      const fragment = fragments[n] as ObservedFragment
      let slot = slots[n]
      if (slot === undefined || slot.name !== fragment.name || slot.template !== fragment.template) {
        slot = this.#slotOf(fragment)
        slots[n] = slot
      }
      const { numbers } = slot
      const { state, cost } = fragment
      if (state === 'miss') {
        lost += cost
        countMiss(numbers, fragment, cost)
      } else {
        if (state === 'hit') {
          hits++
          numbers.hits++
          if (fragment.joined) numbers.joined++
        } else {
          stale++
          numbers.stale++
        }
        saved += cost
        numbers.savedTime += cost
        numbers.bytesServed += fragment.bytes
        const age = storeTime - (fragment.writtenAt ?? Number.NaN)
        // The estimate of the store's time is low by a tick.
        if (age >= -1) numbers.age.record(age)
      }
    }
    const misses = fragments.length - hits - stale
    const time = duration * 1000
    const all = trips + valueTrips
    countPage(byTemplate, hits, stale, misses, saved, lost, all, time)
    if (route === undefined) return
    const byRoute = labelled(current.routes, route, LABEL_LIMITS.routes, emptyRoute)
    countPage(byRoute, hits, stale, misses, saved, lost, all, time)
  }

  trip({ kind, duration, keys, failed }: ObservedTrip): void {
    this.#changed = true
    const numbers = this.#current.trip[kind]
    numbers.count++
    numbers.keys += keys
    if (failed) numbers.failed++
    numbers.time.record(duration * 1000)
  }

  event(event: FragmentEvent): void {
    const current = this.#current
    this.#changed = true
    switch (event.type) {
      case 'write': {
        const numbers = this.#numbersOf(event)
        numbers.writes++
        numbers.bytesWritten += event.bytes
        numbers.entryBytes.record(event.bytes)
        break
      }
      case 'skip':
        this.#numbersOf(event).skips++
        break
      case 'delete':
        current.deletes++
        break
      case 'clear':
        current.clears++
        break
      case 'invalidate':
        for (const tag of event.tags)
          labelled(current.tags, tag, LABEL_LIMITS.tags, noInvalidations).invalidations++
        break
      case 'breaker':
        current.breaker = event.state
        if (event.state === 'open') current.breakerOpened++
        break
      case 'error':
        addError(current, event.error.code, 1)
        break
    }
  }

  #numbersOf({ name, template }: { readonly name: string; readonly template: string }): FragmentNumbers {
    const label = fragmentLabel(name, template)
    return labelled(this.#current.fragments, label, LABEL_LIMITS.fragments, emptyFragment)
  }

  #slotsOf(template: string): TemplateSlots {
    const slots = new TemplateSlots(
      labelled(this.#current.templates, template, LABEL_LIMITS.templates, emptyRoute),
    )
    // Names of templates are bounded, but for those that are made of data.
    if (this.#templates.size < LABEL_LIMITS.templates) this.#templates.set(template, slots)
    return slots
  }

  #slotOf(fragment: ObservedFragment): Slot {
    return new Slot(fragment.name, fragment.template, this.#numbersOf(fragment))
  }

  #countCopyReads(): void {
    const { hits, misses } = this.#cache.copyReads
    const { tiers } = this.#current
    tiers.hits += hits - this.#copyReads.hits
    tiers.misses += misses - this.#copyReads.misses
    if (hits !== this.#copyReads.hits || misses !== this.#copyReads.misses) this.#changed = true
    this.#copyReads = { hits, misses }
  }
}

function countMiss(numbers: FragmentNumbers, fragment: ObservedFragment, cost: number): void {
  const { reason = 'absent', renderTime, loadTime } = fragment
  numbers.misses[reason] = (numbers.misses[reason] ?? 0) + 1
  numbers.lostTime += cost
  numbers.render.record(renderTime * 1000)
  numbers.load.record(loadTime * 1000)
}

function countPage(
  numbers: RouteNumbers,
  hits: number,
  stale: number,
  misses: number,
  saved: number,
  lost: number,
  trips: number,
  time: number,
): void {
  numbers.pages++
  numbers.hits += hits
  numbers.stale += stale
  numbers.misses += misses
  numbers.savedTime += saved
  numbers.lostTime += lost
  numbers.trips += trips
  numbers.time.record(time)
}

function noInvalidations(): { invalidations: number } {
  return { invalidations: 0 }
}
