import type { EncodingLimits } from '../../config/encoding-limits.ts'
import { StringSet } from './string-set.ts'

/** The sets of several keys in their order; undefined where there is none. */
export type Sets = readonly (StringSet | undefined)[]

/** Returns the members that are in all sets, in the order of the smallest one. */
export function* intersection(sets: Sets, limits: EncodingLimits): IterableIterator<string> {
  const present = sets.filter((set) => set !== undefined)
  if (present.length < sets.length) return
  const [smallest, ...others] = present.sort((a, b) => a.size - b.size)
  for (const member of smallest?.members(limits) ?? [])
    if (others.every((set) => set.has(member))) yield member
}

export function union(sets: Sets, limits: EncodingLimits): StringSet {
  const result = new StringSet()
  for (const set of sets) if (set) for (const member of set.members(limits)) result.add(member)
  return result
}

/**
 * Returns the members of the first set that are in no other one.
 *
 * Either each member of the first set is looked up in the others, or the members of the others are
 * removed from a copy: whichever has less to do. Redis chooses in the same way, and the copy's
 * encoding stays that of a larger set.
 */
export function difference(sets: Sets, limits: EncodingLimits): StringSet {
  const [first, ...rest] = sets
  if (first === undefined || rest.includes(first)) return new StringSet()
  const others = rest.filter((set) => set !== undefined)
  const removals = others.reduce((sum, set) => sum + set.size, first.size)
  const lookUps = Math.floor((first.size * (others.length + 1)) / 2)
  return lookUps <= removals ? lookUpAll(first, others, limits) : removeAll(first, others, limits)
}

function lookUpAll(first: StringSet, others: StringSet[], limits: EncodingLimits): StringSet {
  const result = new StringSet()
  others.sort((a, b) => b.size - a.size)
  for (const member of first.members(limits)) if (!others.some((set) => set.has(member))) result.add(member)
  return result
}

function removeAll(first: StringSet, others: StringSet[], limits: EncodingLimits): StringSet {
  const result = union([first], limits)
  for (const set of others) {
    for (const member of set.members(limits)) result.delete(member)
    if (result.size === 0) break
  }
  return result
}
