/**
 * Where the keys of a request are, and what it does with them. Written as a text of flags and a
 * place, counted from the name, which is argument 0:
 *
 * - `RW insert 1`: the key is argument 1
 * - `RO access 1..-1`: arguments 1 to the last, `1..-2` to the last but one
 * - `OW update 1..-1/2`: of these every second
 * - `RO access numkeys 1`: argument 1 is the number of the keys that follow it
 * - `RO access STREAMS 1`: the first half of what follows this word, sought from argument 1 on
 * - `OW update unknown`: keys whose place cannot be told so
 *
 * Flags are those of Redis: RO, RW, OW (overwritten), RM (removed); access, update, insert, delete.
 */
export type KeySpecText = string

/** A key of a request, and its flags. */
export interface KeyUse {
  readonly key: string
  readonly flags: readonly string[]
}

/** Positions of the keys, as COMMAND has answered them since the first versions of Redis. */
export interface KeyRange {
  readonly first: number
  /** Negative: counted from the end. */
  readonly last: number
  readonly step: number
}

export interface KeySpec {
  readonly flags: readonly string[]
  /** Where the keys begin; undefined if it cannot be told. */
  readonly begin: { readonly index: number } | { readonly keyword: string; readonly from: number } | undefined
  /** The keys from there: up to a last one, or as many as the argument there says. */
  readonly find:
    | { readonly type: 'range'; readonly last: number; readonly step: number; readonly limit: number }
    | { readonly type: 'keynum' }
}

const TEXT =
  /^(?<flags>.+?) (?:(?<first>\d+)(?:\.\.(?<last>-?\d+)(?:\/(?<step>\d+))?)?|numkeys (?<count>\d+)|(?<keyword>[A-Z]+) (?<from>\d+)|unknown)$/

export function parseKeySpec(text: KeySpecText): KeySpec {
  const { groups } = TEXT.exec(text) ?? {}
  if (!groups) throw new Error(`"${text}" is no key specification.`)
  const { first, last, step = 1, count, keyword, from } = groups
  const flags = (groups.flags as string).split(' ')
  if (count !== undefined) return { flags, begin: { index: Number(count) }, find: { type: 'keynum' } }
  const end = Number(last ?? 0)
  if (keyword !== undefined)
    return {
      flags,
      begin: { keyword, from: Number(from) },
      find: { type: 'range', last: -1, step: 1, limit: 2 },
    }
  const begin = first === undefined ? undefined : { index: Number(first) }
  // A positive end is an index of its own here, and in Redis counts from the begin.
  const relative = end > 0 ? end - Number(first) : end
  return { flags, begin, find: { type: 'range', last: relative, step: Number(step), limit: 0 } }
}

/** Channels are placed as keys are, but are none. */
export function isOfKeys({ flags }: KeySpec): boolean {
  return !flags.includes('not_key')
}

/** Returns the keys of a request. Undefined if a specification does not fit it. */
export function keysBySpecs(specs: readonly KeySpec[], args: readonly string[]): KeyUse[] | undefined {
  const found: KeyUse[] = []
  for (const spec of specs) {
    if (!isOfKeys(spec)) continue
    const places = placesOf(spec, args)
    if (places === undefined) return undefined
    const { first, last, step } = places
    for (let at = first; at <= last; at += step) found.push({ key: args[at] as string, flags: spec.flags })
  }
  return found
}

function placesOf({ begin, find }: KeySpec, args: readonly string[]): KeyRange | undefined {
  if (begin === undefined) return undefined
  const begins = 'index' in begin ? begin.index : indexOf(args, begin.keyword, begin.from) + 1
  // Without the word there are no keys.
  if (begins === 0) return { first: 0, last: -1, step: 1 }
  const { length } = args
  let first = begins
  let last: number
  if (find.type === 'keynum') {
    const count = args[begins]
    if (count === undefined || !/^(0|[1-9]\d{0,8})$/.test(count)) return undefined
    first++
    last = begins + Number(count)
  } else if (find.last >= 0) last = first + find.last
  else if (find.limit === 0) last = length + find.last
  else last = first + Math.floor((length - first) / find.limit) + find.last
  const step = find.type === 'range' ? find.step : 1
  return last >= length || last < first || first >= length ? undefined : { first, last, step }
}

function indexOf(args: readonly string[], keyword: string, from: number): number {
  return args.findIndex((arg, at) => at >= from && arg.toUpperCase() === keyword)
}

/** Returns the range that contains the keys of the first specifications that follow each other. */
export function keyRange(specs: readonly KeySpec[]): KeyRange {
  const [only] = specs
  if (specs.length === 1 && only && only.find.type === 'range' && only.begin && 'index' in only.begin)
    return { first: only.begin.index, last: lastOf(only.begin.index, only.find.last), step: only.find.step }
  let first = 0
  let last = 0
  for (const { begin, find } of specs) {
    if (!begin || !('index' in begin) || find.type === 'keynum' || find.step !== 1) continue
    if (last !== 0 && last !== begin.index - 1) continue
    if (first === 0) first = begin.index
    last = lastOf(begin.index, find.last)
  }
  return { first, last, step: first === 0 ? 0 : 1 }
}

function lastOf(first: number, last: number): number {
  return last < 0 ? last : first + last
}
