import { createHash } from 'node:crypto'
import { OptionError, ToolkitError } from '../../errors.ts'
import { readCount, readNumber } from '../../options/read-option.ts'
import { scriptText } from '../../redis/script-text.ts'
import type { Codec } from '../codec/codec.ts'
import type { KitContext } from '../kit-context.ts'
import { type Arguments, listArgument } from './arguments.ts'
import { Container } from './container.ts'
import { integerOf, listOf } from './replies.ts'

/** Options of a Bloom filter. */
export interface BloomFilterOptions<In = unknown> {
  /** Most values that it holds at its error rate. */
  readonly capacity: number
  /** Probability of a wrong yes, above 0 and below 1, when it is full. */
  readonly errorRate: number
  /**
   * Makes the stored form of values, by which they are compared.
   *
   * @defaultValue that of the toolkit, by default `json()`
   */
  readonly codec?: Codec<unknown, In> | undefined
}

/** State of a Bloom filter. */
export interface BloomFilterInfo {
  /** Values that were new when they were added. */
  readonly count: number
  readonly capacity: number
  readonly errorRate: number
  /** Size of its bits, in bytes. */
  readonly bytes: number
}

/** Most bits of a string of Redis: 512 MB. */
const MOST_BITS = 2 ** 32
/** The error rate is stored as a whole number of billionths. */
const BILLION = 1e9

/**
 * The first 32 bytes: a mark, then capacity, error rate and count, each as a number of 64 bits that
 * begins at a bit that is given below. The bits of the filter follow.
 *
 * ARGV: `add` or `has`, capacity, error rate, number of bits for each value, then these bits.
 * Returns for each value 1 if all of its bits are set; or -1 for another thing, -2 for other
 * parameters, -3 if it has no room for all that are new, with numbers for the message.
 */
const RUN = scriptText(`
local adds, each = ARGV[1] == 'add', tonumber(ARGV[4])
local count = 0
if redis.call('EXISTS', KEYS[1]) == 0 then
  if not adds then
    local none = {}
    for n = 1, (#ARGV - 4) / each do none[n] = 0 end
    return none
  end
  redis.call('SET', KEYS[1], 'onetrip\\1')
  redis.call('BITFIELD', KEYS[1], 'SET', 'u63', 65, ARGV[2], 'SET', 'u63', 129, ARGV[3], 'SET', 'u63', 193, 0)
else
  if redis.call('GETRANGE', KEYS[1], 0, 7) ~= 'onetrip\\1' then return {-1} end
  local is = redis.call('BITFIELD', KEYS[1], 'GET', 'u63', 65, 'GET', 'u63', 129, 'GET', 'u63', 193)
  if is[1] ~= tonumber(ARGV[2]) or is[2] ~= tonumber(ARGV[3]) then return {-2, is[1], is[2]} end
  count = is[3]
end
local known, new = {}, 0
for first = 5, #ARGV, each do
  local all = 1
  for at = first, first + each - 1 do
    if redis.call('GETBIT', KEYS[1], ARGV[at]) == 0 then all = 0 break end
  end
  known[#known + 1] = all
  new = new + 1 - all
end
if not adds or new == 0 then return known end
if count + new > tonumber(ARGV[2]) then return {-3, count, new} end
for n, all in ipairs(known) do
  if all == 0 then
    for at = 5 + (n - 1) * each, 4 + n * each do redis.call('SETBIT', KEYS[1], ARGV[at], 1) end
  end
end
redis.call('BITFIELD', KEYS[1], 'SET', 'u63', 193, count + new)
return known`)

/** Bits before those of the filter. */
const HEADER = 256

/**
 * Knows which values were added, in few bits for each, and never what they are: a `false` is right,
 * a `true` is wrong at most as often as its error rate says. Nothing can be removed. (B. H. Bloom,
 * 1970; the bits of a value by double hashing, A. Kirsch and M. Mitzenmacher, 2006.)
 *
 * @example
 * ```ts
 * const seen = kit.bloomFilter('seen', { capacity: 1_000_000, errorRate: 0.001 })
 * if (await seen.add(url)) await fetch(url)
 * ```
 */
export class BloomFilter<In = unknown> extends Container {
  readonly capacity: number
  readonly errorRate: number
  readonly #codec: Codec<unknown, In>
  readonly #bits: number
  readonly #hashes: number

  /** @internal */
  constructor(
    context: KitContext,
    name: unknown,
    { capacity, errorRate }: BloomFilterOptions<In>,
    codec: Codec<unknown, In>,
  ) {
    super(context, 'a Bloom filter', name)
    this.capacity = readCount('capacity', capacity, 1)
    const billionths = Math.round(readNumber('errorRate', errorRate, 1 / BILLION, 1) * BILLION)
    this.errorRate = Math.min(billionths, BILLION - 1) / BILLION
    this.#codec = codec
    this.#bits = Math.ceil((-this.capacity * Math.log(this.errorRate)) / Math.LN2 ** 2)
    this.#hashes = Math.max(1, Math.round((this.#bits / this.capacity) * Math.LN2))
    if (this.#bits + HEADER > MOST_BITS)
      throw new OptionError(
        `bloomFilter: ${capacity} values at an error rate of ${errorRate} need ${Math.ceil(this.#bits / 8)} bytes; a string of Redis has at most 512 MB`,
      )
  }

  /**
   * Adds a value.
   *
   * @returns true if it is new; false if it was added before, or looks as if it was
   * @throws ToolkitError (`full`) if it is new and the filter is full
   * @throws ToolkitError (`conflict`) if the filter was made with other parameters
   */
  add(value: In): Promise<boolean> {
    return this.#run(
      'add',
      () => [this.#stored(value)],
      ([known]) => known === 0,
    )
  }

  /**
   * Adds several values, in one trip; none of them if there is no room for all.
   *
   * @returns how many are new
   */
  addMany(values: Iterable<In>): Promise<number> {
    const stored = () => {
      const all = new Map<string, string | Buffer>()
      for (const value of listArgument('addMany', values)) {
        const one = this.#stored(value)
        all.set(typeof one === 'string' ? one : one.toString('latin1'), one)
      }
      return [...all.values()]
    }
    return this.#run('add', stored, (known) => known.filter((one) => one === 0).length)
  }

  /** Returns false if a value was never added; true if it was, or, rarely, if it was not. */
  has(value: In): Promise<boolean> {
    return this.#run(
      'has',
      () => [this.#stored(value)],
      ([known]) => known === 1,
    )
  }

  /** Asks for several values in one trip. See {@link has}. */
  hasMany(values: Iterable<In>): Promise<boolean[]> {
    const stored = () => listArgument('hasMany', values).map((value) => this.#stored(value))
    return this.#run('has', stored, (known) => known.map((one) => one === 1))
  }

  /** Returns how many values were new when they were added. */
  size(): Promise<number> {
    return this.#counted((count) => count)
  }

  /** Returns true if no new value can be added. */
  isFull(): Promise<boolean> {
    return this.#counted((count) => count >= this.capacity)
  }

  /** Returns the state of the filter. */
  info(): Promise<BloomFilterInfo> {
    const { capacity, errorRate } = this
    const bytes = Math.ceil((this.#bits + HEADER) / 8)
    return this.#counted((count) => ({ count, capacity, errorRate, bytes }))
  }

  #counted<T>(read: (count: number) => T): Promise<T> {
    return this.send(
      'BITFIELD',
      () => ['GET', 'u63', '193'],
      (reply) => read(integerOf(listOf(reply)[0])),
    )
  }

  #run<T>(operation: 'add' | 'has', stored: () => Arguments, read: (known: number[]) => T): Promise<T> {
    const args = () => {
      const parameters = [
        String(this.capacity),
        String(Math.round(this.errorRate * BILLION)),
        String(this.#hashes),
      ]
      return [operation, ...parameters, ...stored().flatMap((one) => this.#places(one))]
    }
    return this.run(RUN, args, (reply) => {
      const known = listOf(reply).map(Number)
      this.#check(known)
      return read(known)
    })
  }

  #check([result = 0, one = 0, two = 0]: readonly number[]): void {
    if (result === -1)
      throw new ToolkitError(`${this.owner}: the key holds something else than a Bloom filter`, {
        reason: 'wrong-type',
      })
    if (result === -2)
      throw new ToolkitError(
        `${this.owner} was made with capacity ${one} and errorRate ${two / BILLION}, not with ${this.capacity} and ${this.errorRate}`,
        { reason: 'conflict' },
      )
    if (result === -3)
      throw new ToolkitError(
        `${this.owner} is full: it holds ${one} of ${this.capacity} values, and has no room for ${two} more`,
        { reason: 'full' },
      )
  }

  #stored(value: In): string | Buffer {
    return this.encode(this.#codec, value)
  }

  /** Returns the bits of a value. */
  #places(stored: string | Buffer): string[] {
    const digest = createHash('sha256').update(stored).digest()
    const first = digest.readUIntBE(0, 6)
    // Odd, so that it is never 0: then all bits of the value would be the same one.
    const step = (digest.readUInt32BE(6) | 1) >>> 0
    return Array.from({ length: this.#hashes }, (_, n) => String(HEADER + ((first + n * step) % this.#bits)))
  }
}
