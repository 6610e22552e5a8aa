/** Values below are counted exactly. */
const EXACT = 16
/** Bits of a value below 2 * EXACT, as Math.clz32 counts the others. */
const SHIFT = 27
const MAX_VALUE = Number.MAX_SAFE_INTEGER
const MAX_BUCKET = bucketOf(MAX_VALUE)

/**
 * Returns the index of the bucket that a value falls into. Values below 16 have a bucket each;
 * above, the value is halved until it is below 32, and with `e` halvings the index is `16 * e` plus
 * what is left. A bucket is at most 6.25 % wide. It is the log-linear layout of HdrHistogram, and
 * the same as that of the counts that nginx makes.
 * @param value a whole number of at least 0
 */
export function bucketOf(value: number): number {
  if (value < EXACT) return value
  if (value > 0xffffffff) return EXACT * 16 + bucketOf(Math.floor(value / 65_536))
  const halvings = SHIFT - Math.clz32(value)
  return EXACT * halvings + (value >>> halvings)
}

/** Returns the largest value that falls into a bucket. */
export function upperBound(index: number): number {
  if (index < 2 * EXACT) return index
  const halvings = Math.floor(index / EXACT) - 1
  return (index - EXACT * halvings + 1) * 2 ** halvings - 1
}

/**
 * A histogram of whole numbers, such as microseconds or bytes, in log-linear buckets. Histograms
 * are merged by adding.
 */
export class Histogram {
  /** Counts by index of bucket. Grows with the largest value. */
  readonly #counts: number[] = []
  #count = 0
  #sum = 0

  /** Number of recorded values. */
  get count(): number {
    return this.#count
  }

  /** Sum of the recorded values, each as it was recorded and not as its bucket has it. */
  get sum(): number {
    return this.#sum
  }

  /** Mean of the recorded values; 0 if there are none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** Buckets that have a count, from the lowest. */
  get buckets(): Iterable<readonly [index: number, count: number]> {
    return bucketsOf(this.#counts)
  }

  /**
   * Counts a value. It is rounded to a whole number; what is below 0, and NaN, is 0.
   * @param count how often it is counted; by default once
   */
  record(value: number, count = 1): void {
    // Small integers, which most values are, take less time.
    const whole = value < 2 ** 30 && value >= 0 ? (value + 0.5) | 0 : large(value)
    this.#add(bucketOf(whole), count)
    this.#sum += whole * count
  }

  /** Adds what another histogram has counted. */
  merge(other: Histogram): void {
    for (const [index, count] of other.buckets) this.#add(index, count)
    this.#sum += other.#sum
  }

  /**
   * Returns a value that the given share of the recorded values does not exceed: the largest value
   * of the bucket, so it is at most 6.25 % too large. 0 if nothing was recorded.
   *
   * @example histogram.quantile(0.95)
   * @param q from 0 to 1
   */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(Math.min(q, 1) * this.#count))
    let seen = 0
    for (const [index, count] of this.buckets) {
      seen += count
      if (seen >= rank) return upperBound(index)
    }
    return 0
  }

  #add(index: number, count: number): void {
    const counts = this.#counts
    while (counts.length <= index) counts.push(0)
    counts[index] = (counts[index] ?? 0) + count
    this.#count += count
  }

  /** Returns its buckets as `index:count,index:count`; '' if nothing was recorded. */
  toString(): string {
    let text = ''
    for (const [index, count] of this.buckets) text += `${text === '' ? '' : ','}${index}:${count}`
    return text
  }

  /**
   * Returns a histogram with these counts.
   * @param sum of the values
   * @throws RangeError where an index or a count is none
   */
  static from(buckets: Iterable<readonly [index: number, count: number]>, sum: number): Histogram {
    const histogram = new Histogram()
    for (const [index, count] of buckets) {
      if (!(Number.isInteger(index) && index >= 0 && index <= MAX_BUCKET))
        throw new RangeError('not an index of a bucket')
      if (!(Number.isSafeInteger(count) && count > 0)) throw new RangeError('not a count')
      histogram.#add(index, count)
    }
    histogram.#sum = sum
    return histogram
  }

  /**
   * Reads what {@link Histogram.toString} has written.
   * @param sum of the values, which the text does not have; by default it is estimated from the
   * buckets
   * @returns undefined if the text is none
   */
  static parse(text: string, sum?: number): Histogram | undefined {
    const histogram = new Histogram()
    let estimate = 0
    for (const pair of text === '' ? [] : text.split(',')) {
      const match = /^(\d{1,3}):(\d{1,15})$/.exec(pair)
      const index = Number(match?.[1])
      if (!match || index > MAX_BUCKET) return undefined
      const count = Number(match[2])
      histogram.#add(index, count)
      estimate += upperBound(index) * count
    }
    histogram.#sum = sum ?? estimate
    return histogram
  }
}

function large(value: number): number {
  return value > 0 ? Math.round(Math.min(value, MAX_VALUE)) : 0
}

function* bucketsOf(counts: readonly number[]): Iterable<readonly [number, number]> {
  for (const [index, count] of counts.entries()) if (count > 0) yield [index, count]
}
