import { SYNTAX_ERROR } from '../../command-error.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { KeyUse } from '../key-specs.ts'

/** The options of SORT. */
export interface SortOptions {
  descending: boolean
  /** Compares texts, not numbers. */
  alpha: boolean
  /** A BY without `*` asks for no order at all. */
  unordered: boolean
  by: string | undefined
  readonly get: string[]
  start: number
  /** Negative without a limit. */
  count: number
  store: string | undefined
}

/**
 * Reads the options of SORT and SORT_RO.
 *
 * @param mayStore false for SORT_RO
 * @throws CommandError
 */
export function readSortOptions(args: readonly string[], mayStore: boolean): SortOptions {
  const options: SortOptions = {
    descending: false,
    alpha: false,
    unordered: false,
    by: undefined,
    get: [],
    start: 0,
    count: -1,
    store: undefined,
  }
  for (let n = 2; n < args.length; n++) n += readOption(options, args, n, mayStore)
  return options
}

/** Returns how many arguments the option has. */
function readOption(options: SortOptions, args: readonly string[], at: number, mayStore: boolean): number {
  const name = (args[at] as string).toLowerCase()
  const first = args[at + 1]
  const second = args[at + 2]
  if (name === 'asc' || name === 'desc') options.descending = name === 'desc'
  else if (name === 'alpha') options.alpha = true
  else if (first === undefined) throw SYNTAX_ERROR
  else if (name === 'limit' && second !== undefined) {
    options.start = indexArgument(first)
    options.count = indexArgument(second)
    return 2
  } else if (name === 'by') {
    options.by = first
    if (!first.includes('*')) options.unordered = true
    return 1
  } else if (name === 'get') return options.get.push(first) && 1
  else if (name === 'store' && mayStore) {
    options.store = first
    return 1
  } else throw SYNTAX_ERROR
  return 0
}

/** Returns the keys that a SORT names: what it sorts, and where it stores. */
export function sortKeys(args: readonly string[]): readonly KeyUse[] {
  const keys: KeyUse[] = [{ key: args[1] as string, flags: ['RO', 'access'] }]
  for (let n = 2; n < args.length - 1; n++) {
    const name = (args[n] as string).toLowerCase()
    if (name === 'limit') n += 2
    else if (name === 'by' || name === 'get') n++
    else if (name === 'store') keys[1] = { key: args[++n] as string, flags: ['OW', 'update'] }
  }
  return keys
}
