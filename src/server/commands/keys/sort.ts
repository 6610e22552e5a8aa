import { CommandError, WRONG_TYPE } from '../../command-error.ts'
import type { Value } from '../../data/entry.ts'
import { readDouble } from '../../data/numbers.ts'
import { bulk, integer } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { List } from '../lists/list.ts'
import { StringSet } from '../sets/string-set.ts'
import { SortedSet } from '../sorted-sets/sorted-set.ts'
import { lookUp } from './sort-lookup.ts'
import { readSortOptions, type SortOptions } from './sort-options.ts'

const NOT_A_NUMBER = new CommandError("ERR One or more scores can't be converted into double")
/** C's strtod refuses numbers other than 0 below it. */
const SMALLEST_NUMBER = 2 ** -1022

export const sort: Handler = (session, args) => {
  const options = readSortOptions(args, true)
  const items = sortedItems(session, args[1] as string, options)
  return options.store === undefined
    ? itemsReply(session, items, options)
    : store(session, options.store, items, options)
}

export const sortReadOnly: Handler = (session, args) => {
  const options = readSortOptions(args, false)
  return itemsReply(session, sortedItems(session, args[1] as string, options), options)
}

function sortedItems(session: Session, key: string, options: SortOptions): readonly string[] {
  const value = session.database.read(key)
  const items = itemsOf(session, value)
  // What a set is stored or answered in by a script must not depend on the order of its members.
  const orderMatters = options.store !== undefined || session.origin === 'script'
  const byAlphabet = options.unordered && value instanceof StringSet && orderMatters
  if (byAlphabet) order(session, items, { ...options, alpha: true, by: undefined })
  else if (!options.unordered) order(session, items, options)
  else if (options.descending && !(value instanceof StringSet)) items.reverse()
  const start = Math.max(0, options.start)
  return items.slice(start, options.count < 0 ? undefined : start + options.count)
}

function itemsOf({ instance }: Session, value: Value | undefined): string[] {
  if (value === undefined) return []
  if (value instanceof List) return [...value]
  if (value instanceof StringSet) return [...value.members(instance.limits)]
  if (value instanceof SortedSet) {
    value.enlarge()
    return Array.from(value, ({ member }) => member)
  }
  throw WRONG_TYPE
}

/** Orders items in place. */
function order(session: Session, items: string[], options: SortOptions): void {
  const { by, descending } = options
  const weights = by === undefined ? items : items.map((item) => lookUp(session.database, by, item))
  const compare = options.alpha ? alphabetically(items, weights) : numerically(items, weights)
  const sign = descending ? -1 : 1
  const places = Array.from(items, (_, n) => n).sort((a, b) => sign * compare(a, b))
  const unordered = items.slice()
  for (const [n, place] of places.entries()) items[n] = unordered[place] as string
}

/** Compares two items by their indexes. */
type Comparison = (a: number, b: number) => number

/** Compares weights as bytes. Items without one come first. */
function alphabetically(items: readonly string[], weights: readonly (string | undefined)[]): Comparison {
  if (weights === items) return (a, b) => compareBytes(items[a] as string, items[b] as string)
  return (a, b) => {
    const first = weights[a]
    const second = weights[b]
    if (first !== undefined && second !== undefined) return compareBytes(first, second)
    return Number(first !== undefined) - Number(second !== undefined)
  }
}

/** Compares weights as numbers, 0 without one, and items of the same weight by their bytes. */
function numerically(items: readonly string[], weights: readonly (string | undefined)[]): Comparison {
  const scores = Float64Array.from(weights, (weight) => (weight === undefined ? 0 : scoreOf(weight)))
  return (a, b) => {
    const first = scores[a] as number
    const second = scores[b] as number
    if (first !== second) return first < second ? -1 : 1
    return compareBytes(items[a] as string, items[b] as string)
  }
}

function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/**
 * Reads a number as C's strtod does: blanks before it are skipped, it ends at a null byte, and
 * nothing at all is 0.
 */
function scoreOf(item: string): number {
  const end = item.indexOf('\0')
  const text = end < 0 ? item : item.slice(0, end)
  const number = text.replace(/^[ \t-\r]+/, '')
  if (text === '') return 0
  const score = readDouble(number)
  if (score === undefined) throw NOT_A_NUMBER
  if (Math.abs(score) < SMALLEST_NUMBER && /^[^ex]*[1-9]/i.test(number)) throw NOT_A_NUMBER
  return score
}

function itemsReply({ database, form }: Session, items: readonly string[], { get }: SortOptions): string {
  const patterns = get.length === 0 ? ['#'] : get
  let out = `*${items.length * patterns.length}\r\n`
  for (const item of items)
    for (const pattern of patterns) {
      const found = lookUp(database, pattern, item)
      out += found === undefined ? form.nil : bulk(found)
    }
  return out
}

/** Stores a list. What is absent is stored as an empty string. */
function store({ database }: Session, key: string, items: readonly string[], { get }: SortOptions): string {
  const patterns = get.length === 0 ? ['#'] : get
  const list = new List()
  for (const item of items)
    for (const pattern of patterns) list.push('right', lookUp(database, pattern, item) ?? '')
  if (list.size > 0) {
    database.set(key, list)
    database.changed(key, 'l', 'sortstore')
  } else if (database.delete(key)) database.changed(key, 'g', 'del')
  return integer(list.size)
}
