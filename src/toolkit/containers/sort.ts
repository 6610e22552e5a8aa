import { readBoolean, readCount, readOneOf, readString } from '../../options/read-option.ts'
import { type Arguments, checkOptions } from './arguments.ts'

/** Options of `sort()`, of lists, sets and sorted sets. */
export interface SortOptions {
  /** @defaultValue 'asc' */
  readonly order?: 'asc' | 'desc' | undefined
  /**
   * Sorts as text, not as numbers: then 10 comes before 9.
   *
   * @defaultValue false
   */
  readonly alpha?: boolean | undefined
  /**
   * Number of values that are left out at the begin.
   * @defaultValue 0
   */
  readonly offset?: number | undefined
  /**
   * Most values.
   * @defaultValue Infinity
   */
  readonly count?: number | undefined
  /**
   * Key by whose value each is sorted, with `*` for the stored form of the value, as in
   * `weight:*`, or in `film:*->year` for a field of a hash. It is the whole key, with every prefix.
   * Not in a cluster.
   *
   * @defaultValue the value itself
   */
  readonly by?: string | undefined
}

const NAMES = ['order', 'alpha', 'offset', 'count', 'by']
const HINTS = { limit: 'count', desc: 'order', start: 'offset' }

/** Returns the arguments of SORT behind its key. @throws OptionError */
export function sortArguments(options: SortOptions): Arguments {
  checkOptions('sort', options, NAMES, HINTS)
  const { order = 'asc', alpha = false, offset = 0, count = Infinity, by } = options
  // As text, ioredis would know it, and add its keyPrefix to the pattern.
  const args: Arguments = by === undefined ? [] : [Buffer.from('BY'), readString('by', by)]
  const skipped = readCount('offset', offset, 0)
  const most = readCount('count', count, 0)
  if (skipped > 0 || most !== Infinity)
    args.push('LIMIT', String(skipped), most === Infinity ? '-1' : String(most))
  args.push(readOneOf('order', order, ['asc', 'desc'] as const).toUpperCase())
  if (readBoolean('alpha', alpha)) args.push('ALPHA')
  return args
}
