import type { Clock } from '../clock.ts'
import { addSnapshot } from './add-snapshot.ts'
import type { MetricsRange, SeriesRange } from './metrics-reader.ts'
import { emptySnapshot, type Snapshot } from './snapshot.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot-codec.ts'
import { readRange, readSeriesRange, type Span, STEP_LENGTH } from './time-range.ts'

/** How long single seconds are kept, in ms. */
const SECONDS_KEPT = 300_000
/** Most characters that the seconds may take; and the minutes. */
const MAX_CHARACTERS = 8_000_000

/** The numbers of one second, or minute: encoded, since they take a tenth of the memory then. */
interface Kept {
  /** In ms since 1970. */
  readonly start: number
  readonly text: string
}

/** Steps of one length, the oldest first. The last one is still being added to. */
class Ring {
  readonly #length: number
  readonly #life: number
  #kept: Kept[] = []
  #characters = 0
  #open: { readonly start: number; readonly sum: Snapshot } | undefined

  /** @param life how long a step is kept, in ms */
  constructor(length: number, life: number) {
    this.#length = length
    this.#life = life
  }

  /** Begin of the oldest step, in ms; Infinity if there is none. */
  get oldest(): number {
    return this.#kept[0]?.start ?? this.#open?.start ?? Number.POSITIVE_INFINITY
  }

  /** @param time in ms since 1970 */
  add(delta: Snapshot, time: number): void {
    const start = Math.floor(time / this.#length) * this.#length
    // Where the clock was set back, it still belongs to the last step.
    if (!this.#open || start > this.#open.start) {
      this.#close()
      this.#open = { start, sum: emptySnapshot() }
    }
    addSnapshot(this.#open.sum, delta)
    this.#drop(start - this.#life)
  }

  #close(): void {
    if (!this.#open) return
    const text = encodeSnapshot(this.#open.sum)
    this.#kept.push({ start: this.#open.start, text })
    this.#characters += text.length
  }

  #drop(before: number): void {
    let dropped = 0
    for (const { start, text } of this.#kept) {
      if (start >= before && this.#characters <= MAX_CHARACTERS) break
      this.#characters -= text.length
      dropped++
    }
    if (dropped > 0) this.#kept = this.#kept.slice(dropped)
  }

  /** Yields the steps that begin in a span, with their begin. */
  *within({ from, to }: Span): Iterable<readonly [start: number, numbers: Snapshot]> {
    for (const { start, text } of this.#kept) {
      const numbers = start >= from && start < to ? decodeSnapshot(text) : undefined
      if (numbers) yield [start, numbers]
    }
    if (this.#open && this.#open.start >= from && this.#open.start < to)
      yield [this.#open.start, this.#open.sum]
  }
}

/**
 * The numbers of this process by time: seconds of the last five minutes, and minutes. Without Redis
 * they are what series and totals are made of.
 */
export class LocalHistory {
  readonly #clock: Clock
  readonly #seconds = new Ring(STEP_LENGTH.second, SECONDS_KEPT)
  readonly #minutes: Ring

  /** @param length how long minutes are kept, in ms */
  constructor(length: number, clock: Clock) {
    this.#clock = clock
    this.#minutes = new Ring(STEP_LENGTH.minute, length)
  }

  add(delta: Snapshot): void {
    // What is taken at the end of a second belongs to it.
    const time = Math.max(delta.from, delta.to - 1)
    this.#seconds.add(delta, time)
    this.#minutes.add(delta, time)
  }

  /** @throws OptionError */
  totals(range: MetricsRange = {}): Snapshot {
    const span = readRange(range, this.#clock.wall())
    const isRecent = span.from >= this.#seconds.oldest
    const from = floor(span.from, isRecent ? STEP_LENGTH.second : STEP_LENGTH.minute)
    const total = emptySnapshot()
    const ring = isRecent ? this.#seconds : this.#minutes
    for (const [, numbers] of ring.within({ from, to: span.to })) addSnapshot(total, numbers)
    return Object.assign(total, { from: Math.max(from, Math.min(ring.oldest, span.to)), to: span.to })
  }

  /** @throws OptionError */
  series(range: SeriesRange): Snapshot[] {
    const { step, from, to } = readSeriesRange(range, this.#clock.wall())
    const length = STEP_LENGTH[step]
    const steps = Array.from({ length: (to - from) / length }, () => emptySnapshot())
    const ring = step === 'second' ? this.#seconds : this.#minutes
    for (const [start, numbers] of ring.within({ from, to })) {
      const sum = steps[Math.floor((start - from) / length)]
      if (sum) addSnapshot(sum, numbers)
    }
    return steps.map((sum, n) => Object.assign(sum, { from: from + n * length, to: from + (n + 1) * length }))
  }
}

function floor(time: number, length: number): number {
  return Math.floor(time / length) * length
}
