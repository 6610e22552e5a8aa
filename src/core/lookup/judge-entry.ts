import type { MaybePromise } from '../../engines/template-engine.ts'
import { StoreError } from '../../errors.ts'
import { type Copy, stampKind } from '../../stores/store.ts'
import { type Entry, readEntry } from '../entry/entry.ts'
import { LookupResult } from '../fragment/lookup-result.ts'
import type { Services } from '../services.ts'
import type { Found } from '../store-access/read-batcher.ts'
import type { TagVersions } from '../tags/tag-versions.ts'

/** Something to look up: a fragment of a page, or a value. */
export interface LookupTarget {
  readonly key: string
  /** The tags that it is known to have. */
  readonly tags: readonly string[]
  /** Entries of one place have most of their header in common, which is parsed once. */
  readonly place: object
  /** Undefined: not looked up yet. */
  found: LookupResult | undefined
  /** Its content is there: a second lookup at the same time does not change what was found. */
  readonly filled: boolean
}

/** How one kind of targets is looked up: the fragments of a render, or values. */
export interface LookupRules<Target extends LookupTarget> {
  /** Entries that have expired may be shown. */
  readonly showsStale: boolean
  /**
   * Checks that an entry was made for its target; `edited`: shown, and refreshed. Returns a miss if
   * it was not.
   */
  check(target: Target, entry: Entry): MaybePromise<Verdict>
  /** Takes the entry of a hit. */
  accept(target: Target, entry: Entry): void
  /** Notes an entry that was found and is no hit, for those who explain misses. */
  refuse?(target: Target, entry: Entry): void
}

export type Verdict = 'valid' | 'edited' | LookupResult

export type Judging = Pick<Services, 'signer' | 'options' | 'refreshes'>

const ABSENT = LookupResult.miss('absent', null)

/**
 * Judges what was found under a target's key. A hit is an entry that can be parsed, that was made
 * for the target, and that has not expired; anything else is a miss with its reason. {@link
 * checkTags} compares its tags.
 * @param now the store's time
 */
export function judgeEntry<Target extends LookupTarget>(
  target: Target,
  found: Found[number],
  now: number,
  rules: LookupRules<Target>,
  services: Judging,
): MaybePromise<LookupResult> {
  if (found instanceof Error) return LookupResult.miss('store error', found)
  if (found === null) return ABSENT
  // Whether it has expired cannot be told.
  if (Number.isNaN(now))
    return LookupResult.miss('store error', new StoreError("The store's clock is not known"))
  return judgeBytes(target, found, parse(target, found, services), now, rules, services)
}

/** A parsed copy, and the cache that has parsed it: another one has other secrets. */
interface Parsed {
  readonly by: Judging
  readonly entry: Entry | undefined
}

/**
 * Judges a copy in this process, which is parsed once, and its signature checked once. The store's
 * time is known.
 */
export function judgeCopy<Target extends LookupTarget>(
  target: Target,
  copy: Copy,
  now: number,
  rules: LookupRules<Target>,
  services: Judging,
): MaybePromise<LookupResult> {
  let parsed = copy.parsed as Parsed | undefined
  if (parsed?.by !== services) {
    parsed = { by: services, entry: parse(target, copy.bytes, services) }
    copy.parsed = parsed
  }
  return judgeBytes(target, copy.bytes, parsed.entry, now, rules, services)
}

function parse({ key, place }: LookupTarget, found: Buffer, { signer }: Judging): Entry | undefined {
  return signer ? signer.readEntry(key, found, place) : readEntry(key, found, place)
}

/** @param entry the parsed bytes; undefined if they are no entry that can be read */
function judgeBytes<Target extends LookupTarget>(
  target: Target,
  found: Buffer,
  entry: Entry | undefined,
  now: number,
  rules: LookupRules<Target>,
  services: Judging,
): MaybePromise<LookupResult> {
  if (!entry) return LookupResult.miss(stampKind(found) === 'deleted' ? 'invalidated' : 'damaged', found)
  const verdict = rules.check(target, entry)
  return verdict instanceof Promise
    ? judgeLater(target, entry, verdict, now, rules, services)
    : judgeTime(target, entry, verdict, now, rules, services)
}

/** A function of its own, since a closure would be created for each hit. */
async function judgeLater<Target extends LookupTarget>(
  target: Target,
  entry: Entry,
  verdict: Promise<Verdict>,
  now: number,
  rules: LookupRules<Target>,
  services: Judging,
): Promise<LookupResult> {
  return judgeTime(target, entry, await verdict, now, rules, services)
}

function judgeTime<Target extends LookupTarget>(
  target: Target,
  entry: Entry,
  verdict: Verdict,
  now: number,
  rules: LookupRules<Target>,
  { options, refreshes }: Judging,
): LookupResult {
  if (typeof verdict === 'object') {
    rules.refuse?.(target, entry)
    return verdict
  }
  const { showsStale } = rules
  const edited = verdict === 'edited'
  const left = entry.freshUntil - now
  if (left > 0) {
    if (edited || isEarly(entry.cost, left, options.beta)) return LookupResult.hit(entry, edited, true)
    entry.hit ??= LookupResult.hit(entry, false, false)
    return entry.hit as LookupResult
  }
  if (showsStale && entry.revalidateUntil > now) return LookupResult.hit(entry, true, true)
  if (!showsStale || !(entry.errorUntil > now)) {
    rules.refuse?.(target, entry)
    return LookupResult.miss('expired', entry.stamp)
  }
  // After a refresh that has just failed, the entry is shown without another one.
  return refreshes.rests(target.key) ? LookupResult.hit(entry, true, false) : LookupResult.fallback(entry)
}

/** A draw of less than e^-40 does not happen. */
const MAX_DRAW = 40

/**
 * Decides at random whether a hit is refreshed before it expires: likelier the longer a render
 * takes and the less time is left, so that one request refreshes it and no crowd meets its end.
 * XFetch, of Vattani, Chierichetti and Lowenstein: Optimal Probabilistic Cache Stampede Prevention
 * (VLDB 2015).
 * @param cost what it took to load and render, in ms
 * @param left time until it expires, in ms
 */
export function isEarly(cost: number, left: number, beta: number): boolean {
  const reach = cost * beta
  if (!(left < reach * MAX_DRAW)) return false
  return -Math.log(1 - Math.random()) * reach >= left
}

/** Compares the tags of the entry that was found, and takes it if it is a hit. */
export function checkTags<Target extends LookupTarget>(
  target: Target,
  versions: TagVersions,
  rules: LookupRules<Target>,
): void {
  const { found, tags } = target
  const entry = found?.entry
  if (!entry || target.filled) return
  const mismatch = versions.mismatch(entry.tags, tags)
  if (mismatch) rules.refuse?.(target, entry)
  if (mismatch === 'invalidated') target.found = LookupResult.miss('invalidated', entry.stamp)
  else if (mismatch) target.found = LookupResult.miss('store error', mismatch)
  else if (found.reason === undefined) rules.accept(target, entry)
}
