import type { MaybePromise } from '../../engines/template-engine.ts'
import { StoreError } from '../../errors.ts'
import { type Copy, stampKind } from '../../stores/store.ts'
import { type Entry, readEntry } from '../entry/entry.ts'
import { decodeProvenance } from '../entry/entry-fields.ts'
import { isEarly } from '../entry/lifetime.ts'
import type { Fragment } from '../fragment/fragment.ts'
import { LookupResult } from '../fragment/lookup-result.ts'
import type { PageHost } from '../page/page-host.ts'
import type { Services } from '../services.ts'
import type { Found } from '../store-access/read-batcher.ts'
import type { TagVersion, TagVersions } from '../tags/tag-versions.ts'
import { isBoundAs } from './bound-code.ts'
import type { TemplateCheck, Verdict } from './template-check.ts'

/**
 * Judges what a fetch found. A hit is an entry that can be read, that is made of what this process has, and that has
 * not expired; anything else is a miss with its reason. {@link checkTags} compares its tags.
 *
 * @param now the store's time
 * @param showsStale whether an entry that has expired may be shown
 */
export function judgeEntry(
  fragment: Fragment,
  found: Found[number],
  now: number,
  templateCheck: TemplateCheck,
  showsStale: boolean,
  services: Reading,
): MaybePromise<LookupResult> {
  if (found instanceof Error) return LookupResult.miss('store error', found)
  if (found === null) return ABSENT
  // Whether it has expired cannot be told.
  if (Number.isNaN(now))
    return LookupResult.miss('store error', new StoreError("The store's clock is not known"))
  const entry = entryIn(fragment, found, services)
  return judgeBytes(fragment, found, entry, now, templateCheck, showsStale, services)
}

const ABSENT = LookupResult.miss('absent', null)

type Reading = Pick<Services, 'signer' | 'options' | 'refreshes'>

/** What was made of a copy, for which cache: another one has other secrets. */
interface Made {
  readonly context: Reading
  readonly entry: Entry | undefined
}

/** Judges a copy in this process, which is parsed once, and its signature checked once. The store's time is known. */
export function judgeCopy(
  fragment: Fragment,
  copy: Copy,
  now: number,
  templateCheck: TemplateCheck,
  showsStale: boolean,
  services: Reading,
): MaybePromise<LookupResult> {
  let made = copy.parsed as Made | undefined
  if (made?.context !== services) {
    made = { context: services, entry: entryIn(fragment, copy.bytes, services) }
    copy.parsed = made
  }
  return judgeBytes(fragment, copy.bytes, made.entry, now, templateCheck, showsStale, services)
}

function entryIn({ key, place }: Fragment, found: Buffer, { signer }: Reading): Entry | undefined {
  return signer ? signer.readEntry(key, found, place) : readEntry(key, found, place)
}

/** @param entry the parsed bytes; undefined if they are no entry that can be read */
function judgeBytes(
  fragment: Fragment,
  found: Buffer,
  entry: Entry | undefined,
  now: number,
  templateCheck: TemplateCheck,
  showsStale: boolean,
  services: Reading,
): MaybePromise<LookupResult> {
  if (!entry) return LookupResult.miss(stampKind(found) === 'deleted' ? 'invalidated' : 'damaged', found)
  const verdict = templateCheck.of(fragment.place, entry.provenance)
  return verdict instanceof Promise
    ? judgeLater(fragment, entry, verdict, now, showsStale, services)
    : judge(fragment, entry, verdict, now, showsStale, services)
}

/** A function of its own, since a closure would be made for each hit. */
async function judgeLater(
  fragment: Fragment,
  entry: Entry,
  verdict: Promise<Verdict>,
  now: number,
  showsStale: boolean,
  services: Reading,
): Promise<LookupResult> {
  return judge(fragment, entry, await verdict, now, showsStale, services)
}

function judge(
  fragment: Fragment,
  entry: Entry,
  verdict: Verdict,
  now: number,
  showsStale: boolean,
  { options, refreshes }: Reading,
): LookupResult {
  const edited = showsStale && verdict === 'edited' && options.onTemplateChange === 'stale' && isWhole(entry)
  if (verdict !== 'valid' && !edited) {
    const other = verdict === 'foreign' ? decodeProvenance(entry.provenance).place : undefined
    return LookupResult.miss('template changed', entry.stamp, other)
  }
  if (!isBoundAs(fragment, entry)) return LookupResult.miss('bound otherwise', entry.stamp)
  if (entry.version !== fragment.version) return LookupResult.miss('version changed', entry.stamp)
  const left = entry.freshUntil - now
  if (left > 0) return LookupResult.hit(entry, edited, edited || isEarly(entry.cost, left, options.beta))
  if (showsStale && entry.revalidateUntil > now) return LookupResult.hit(entry, true, true)
  if (!showsStale || entry.errorUntil <= now) return LookupResult.miss('expired', entry.stamp)
  // After a render that has just failed, the entry is shown without another one.
  return refreshes.rests(fragment.key) ? LookupResult.hit(entry, true, false) : LookupResult.fallback(entry)
}

/** Holes are found by their number in a template: in another one they may be others. */
function isWhole({ holes, heads }: Entry): boolean {
  return holes.length === 0 && heads.every((head) => head.holes.length === 0)
}

/**
 * Fills a fragment with the entry that was found, if it is a hit: the versions of all tags of the entry, and of those
 * that its place names, must equal those that were read beside it.
 */
export function checkTags(fragment: Fragment, versions: TagVersions, host: PageHost): void {
  const { found, tags } = fragment
  const entry = found?.entry
  if (!entry || fragment.filled) return
  for (const [tag, stamp] of entry.tags) {
    const version = versions.of(tag)
    if (version instanceof Error) {
      fragment.found = LookupResult.miss('store error', version)
      return
    }
    if (!versions.isKept(tag, stamp)) {
      fragment.found = LookupResult.miss('invalidated', entry.stamp)
      return
    }
  }
  // A tag that the place names, and the entry does not have: it was computed from something else.
  if (!haveAll(entry.tags, tags)) fragment.found = LookupResult.miss('invalidated', entry.stamp)
  else if (found.reason === undefined) fragment.fillWithEntry(entry, host)
}

function haveAll(versions: readonly TagVersion[], tags: readonly string[]): boolean {
  return tags.length === 0 || tags.every((tag) => versions.some(([known]) => known === tag))
}
