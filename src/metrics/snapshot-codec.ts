import { Histogram } from './histogram.ts'
import {
  emptySnapshot,
  type FragmentNumbers,
  type RouteNumbers,
  type Snapshot,
  TRIP_KINDS,
  type TripNumbers,
} from './snapshot.ts'

/** Raised whenever the arrays below change. A reader skips what it does not know. */
const VERSION = 1

type Encoded = number | string | readonly Encoded[] | { readonly [name: string]: number }

/**
 * Encodes a snapshot as compact JSON: arrays in a fixed order, and labels with their numbers. Times
 * in ms have three decimals.
 */
export function encodeSnapshot(snapshot: Snapshot): string {
  const { from, to, pages, trips, valueTrips, waiters, tiers, breakerOpened, deletes, clears } = snapshot
  const encoded: Encoded = [
    VERSION,
    [from, to, pages, trips, valueTrips, waiters, tiers.hits, tiers.misses],
    [snapshot.breaker === 'open' ? 1 : 0, breakerOpened, deletes, clears],
    [...snapshot.fragments].map(([label, numbers]) => [label, ...encodeFragment(numbers)]),
    [...snapshot.templates].map(([label, numbers]) => [label, ...encodeRoute(numbers)]),
    [...snapshot.routes].map(([label, numbers]) => [label, ...encodeRoute(numbers)]),
    [...snapshot.tags].map(([label, { invalidations }]) => [label, invalidations]),
    [...snapshot.errors],
    TRIP_KINDS.map((kind) => encodeTrip(snapshot.trip[kind])),
  ]
  return JSON.stringify(encoded)
}

/** @returns undefined if the text is no snapshot, or of a version that is not known */
export function decodeSnapshot(text: string): Snapshot | undefined {
  try {
    const read = new Fields(JSON.parse(text))
    return read.number() === VERSION ? decode(read) : undefined
  } catch {
    return undefined
  }
}

function decode(read: Fields): Snapshot {
  const snapshot = emptySnapshot()
  const counts = read.fields()
  snapshot.from = counts.number()
  snapshot.to = counts.number()
  snapshot.pages = counts.number()
  snapshot.trips = counts.number()
  snapshot.valueTrips = counts.number()
  snapshot.waiters = counts.number()
  snapshot.tiers = { hits: counts.number(), misses: counts.number() }
  const rare = read.fields()
  snapshot.breaker = rare.number() === 1 ? 'open' : 'closed'
  snapshot.breakerOpened = rare.number()
  snapshot.deletes = rare.number()
  snapshot.clears = rare.number()
  for (const one of read.list()) snapshot.fragments.set(one.text(), decodeFragment(one))
  for (const one of read.list()) snapshot.templates.set(one.text(), decodeRoute(one))
  for (const one of read.list()) snapshot.routes.set(one.text(), decodeRoute(one))
  for (const one of read.list()) snapshot.tags.set(one.text(), { invalidations: one.number() })
  for (const one of read.list()) snapshot.errors.set(one.text(), one.number())
  const trips = read.fields()
  for (const kind of TRIP_KINDS) snapshot.trip[kind] = decodeTrip(trips.fields())
  return snapshot
}

function encodeFragment(numbers: FragmentNumbers): Encoded[] {
  const { hits, stale, joined, misses, writes, skips, bytesServed, bytesWritten, savedTime, lostTime } =
    numbers
  const { render, load, age, entryBytes } = numbers
  return [
    ...[hits, stale, joined, misses, writes, skips, bytesServed, bytesWritten],
    ...[rounded(savedTime), rounded(lostTime)],
    ...[render, load, age, entryBytes].map(encodeHistogram),
  ]
}

function decodeFragment(read: Fields): FragmentNumbers {
  return {
    hits: read.number(),
    stale: read.number(),
    joined: read.number(),
    misses: read.counts(),
    writes: read.number(),
    skips: read.number(),
    bytesServed: read.number(),
    bytesWritten: read.number(),
    savedTime: read.number(),
    lostTime: read.number(),
    render: decodeHistogram(read.fields()),
    load: decodeHistogram(read.fields()),
    age: decodeHistogram(read.fields()),
    entryBytes: decodeHistogram(read.fields()),
  }
}

function encodeRoute({
  pages,
  hits,
  stale,
  misses,
  lostTime,
  savedTime,
  trips,
  time,
}: RouteNumbers): Encoded[] {
  return [
    ...[pages, hits, stale, misses, rounded(lostTime), rounded(savedTime), trips],
    encodeHistogram(time),
  ]
}

function decodeRoute(read: Fields): RouteNumbers {
  return {
    pages: read.number(),
    hits: read.number(),
    stale: read.number(),
    misses: read.number(),
    lostTime: read.number(),
    savedTime: read.number(),
    trips: read.number(),
    time: decodeHistogram(read.fields()),
  }
}

function encodeTrip({ count, failed, keys, time }: TripNumbers): Encoded {
  return [count, failed, keys, encodeHistogram(time)]
}

function decodeTrip(read: Fields): TripNumbers {
  return {
    count: read.number(),
    failed: read.number(),
    keys: read.number(),
    time: decodeHistogram(read.fields()),
  }
}

/**
 * Encodes the counts of neighbouring buckets as runs, `index:count,count;index:count`: compressed,
 * they take half of what pairs of index and count do.
 */
function encodeHistogram(histogram: Histogram): Encoded {
  if (histogram.count === 0) return []
  let text = ''
  let expected = -1
  for (const [index, count] of histogram.buckets) {
    text += index === expected ? `,${count}` : `${text === '' ? '' : ';'}${index}:${count}`
    expected = index + 1
  }
  return [histogram.sum, text]
}

function decodeHistogram(read: Fields): Histogram {
  if (read.empty) return new Histogram()
  const sum = read.number()
  return Histogram.from(bucketsOf(read.text()), sum)
}

function* bucketsOf(text: string): Generator<[index: number, count: number], void, void> {
  for (const run of text.split(';')) {
    const [first, counts = ''] = run.split(':')
    let index = first ? Number(first) : Number.NaN
    for (const count of counts.split(',')) yield [index++, Number(count)]
  }
}

/** Rounds a time in ms to whole microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** Reads an array field by field. Each method throws if the next field is of another kind. */
class Fields {
  readonly #fields: readonly unknown[]
  #at = 0

  constructor(fields: unknown) {
    if (!Array.isArray(fields)) throw new TypeError('not an array')
    this.#fields = fields
  }

  get empty(): boolean {
    return this.#fields.length === 0
  }

  number(): number {
    const field = this.#fields[this.#at++]
    if (typeof field !== 'number' || !(field >= 0)) throw new TypeError('not a number of at least 0')
    return field
  }

  text(): string {
    const field = this.#fields[this.#at++]
    if (typeof field !== 'string') throw new TypeError('not a string')
    return field
  }

  fields(): Fields {
    return new Fields(this.#fields[this.#at++])
  }

  list(): Fields[] {
    const field = this.#fields[this.#at++]
    if (!Array.isArray(field)) throw new TypeError('not an array')
    return field.map((one) => new Fields(one))
  }

  counts(): Record<string, number> {
    const field = this.#fields[this.#at++]
    if (typeof field !== 'object' || field === null) throw new TypeError('not an object')
    const entries = Object.entries(field)
    if (!entries.every(([, count]) => typeof count === 'number' && count >= 0))
      throw new TypeError('not an object of numbers')
    return Object.fromEntries(entries)
  }
}
