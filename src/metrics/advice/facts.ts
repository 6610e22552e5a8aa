import type { MissReason } from '../../core/events.ts'
import { type FragmentNumbers, labelParts, missesOf, type RouteNumbers, type Snapshot } from '../snapshot.ts'

/** Returns the mean time of a round trip for fragments, in ms; undefined if none was counted. */
export function tripTime({ trip }: Pick<Snapshot, 'trip'>): number | undefined {
  const { time } = trip.fetch
  return time.count === 0 ? undefined : time.mean / 1000
}

/** Numbers of one fragment, as shares and means. */
export class FragmentFacts {
  readonly name: string
  readonly template: string
  readonly numbers: FragmentNumbers
  readonly minutes: number
  /** Mean time of a round trip, in ms; undefined if none was counted. */
  readonly trip: number | undefined
  readonly misses: number
  /** Times that a page needed it, and looked it up. */
  readonly asked: number

  constructor(label: string, numbers: FragmentNumbers, minutes: number, trip: number | undefined) {
    const { name, template } = labelParts(label)
    this.name = name
    this.template = template
    this.numbers = numbers
    this.minutes = minutes
    this.trip = trip
    const { skipped = 0, bypassed = 0 } = numbers.misses
    // It was meant to be rendered.
    this.misses = missesOf(numbers) - skipped - bypassed
    this.asked = numbers.hits + numbers.stale + this.misses
  }

  get title(): string {
    return `\`${this.name}\` (${this.template})`
  }

  /** Mean time that a miss takes to load and render, in ms; undefined if there was no miss. */
  get cost(): number | undefined {
    const misses = missesOf(this.numbers)
    return misses === 0 ? undefined : this.numbers.lostTime / misses
  }

  get hitRatio(): number {
    return (this.numbers.hits + this.numbers.stale) / this.asked
  }

  /** Share of the requests that were a miss for a reason. */
  shareOf(reason: MissReason): number {
    return (this.numbers.misses[reason] ?? 0) / this.asked
  }

  perMinute(reason: MissReason): number {
    return (this.numbers.misses[reason] ?? 0) / this.minutes
  }

  /** Time that misses for a reason take, in ms for each minute. */
  lostPerMinute(reason: MissReason): number {
    return this.perMinute(reason) * (this.cost ?? 0)
  }

  /** Mean size of what is served or written, in bytes. */
  get size(): number {
    const { hits, stale, bytesServed, writes, bytesWritten } = this.numbers
    const served = hits + stale
    return served > 0 ? bytesServed / served : writes > 0 ? bytesWritten / writes : 0
  }
}

/** Means of the pages of one route, or one template. Times in ms. */
export class PageFacts {
  readonly pages: number
  readonly perMinute: number
  readonly trips: number
  readonly time: number
  readonly saved: number
  /** Time in the bodies of misses. */
  readonly lost: number
  /** Time of all round trips of a page. */
  readonly waiting: number

  constructor(numbers: RouteNumbers, minutes: number, trip: number | undefined) {
    const { pages, trips, savedTime, lostTime, time } = numbers
    this.pages = pages
    this.perMinute = pages / minutes
    this.trips = trips / pages
    this.time = time.mean / 1000
    this.saved = savedTime / pages
    this.lost = lostTime / pages
    this.waiting = this.trips * (trip ?? 0)
  }

  /** Time outside of fragments and of the store. Bodies run in parallel: it is not below 0. */
  get uncached(): number {
    return Math.max(0, this.time - this.lost - this.waiting)
  }
}
