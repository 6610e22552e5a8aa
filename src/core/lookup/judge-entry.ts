import type { MaybePromise } from '../../engines/template-engine.ts'
import { type OnetripError, StoreError } from '../../errors.ts'
import { type Copy, STAMP_LENGTH, stampKind } from '../../stores/store.ts'
import { type Entry, readEntry } from '../entry/entry.ts'
import { decodeProvenance } from '../entry/entry-fields.ts'
import { isEarly } from '../entry/lifetime.ts'
import type { MissReason } from '../events.ts'
import type { Fragment } from '../fragment/fragment.ts'
import type { PageHost } from '../page/page-host.ts'
import type { Services } from '../services.ts'
import type { Found } from '../store-access/read-batcher.ts'
import type { TagVersion, TagVersions } from '../tags/tag-versions.ts'
import { isBoundAs } from './bound-code.ts'
import type { TemplateCheck, Verdict } from './template-check.ts'

/**
 * Reads what a fetch found. A hit is an entry that can be read, that is made of what this process has, and whose
 * time has not passed; anything else is a miss with its reason. Whether its tags are as they were is
 * {@link checkTags}'s to say.
 *
 * @param now the store's time
 * @param showsStale whether an entry whose time has passed may be shown
 */
export function judgeEntry(
  fragment: Fragment,
  found: Found[number],
  now: number,
  templateCheck: TemplateCheck,
  showsStale: boolean,
  services: Reading,
): MaybePromise<void> {
  // Two renders of one page at the same time may both have asked: the first answer counts.
  if (fragment.fetched) return
  fragment.fetched = true
  if (found instanceof Error) return notRead(fragment, found)
  if (found === null) {
    fragment.reason = 'absent'
    return
  }
  // Whether its time has passed cannot be told.
  if (Number.isNaN(now)) return notRead(fragment, new StoreError("The store's clock is not known"))
  return judgeBytes(
    fragment,
    found,
    entryIn(fragment, found, services),
    now,
    templateCheck,
    showsStale,
    services,
  )
}

type Reading = Pick<Services, 'signer' | 'options' | 'refreshes'>

/** What was made of a copy, for which cache: another one has other secrets. */
interface Made {
  readonly context: Reading
  readonly entry: Entry | undefined
}

/** The same for a copy in this process, which is taken apart once, and its signature looked at once. The store's time is known. */
export function judgeCopy(
  fragment: Fragment,
  copy: Copy,
  now: number,
  templateCheck: TemplateCheck,
  showsStale: boolean,
  services: Reading,
): MaybePromise<void> {
  if (fragment.fetched) return
  fragment.fetched = true
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

/** @param entry what the bytes are; nothing: no entry that can be read */
function judgeBytes(
  fragment: Fragment,
  found: Buffer,
  entry: Entry | undefined,
  now: number,
  templateCheck: TemplateCheck,
  showsStale: boolean,
  services: Reading,
): MaybePromise<void> {
  if (!entry) return miss(fragment, found, stampKind(found) === 'deleted' ? 'invalidated' : 'damaged')
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
): Promise<void> {
  judge(fragment, entry, await verdict, now, showsStale, services)
}

function judge(
  fragment: Fragment,
  entry: Entry,
  verdict: Verdict,
  now: number,
  showsStale: boolean,
  { options, refreshes }: Reading,
): void {
  if (verdict === 'foreign') fragment.conflictsWith = decodeProvenance(entry.provenance).place
  const edited = showsStale && verdict === 'edited' && options.onTemplateChange === 'stale' && isWhole(entry)
  if (verdict !== 'valid' && !edited) return miss(fragment, entry.stamp, 'template changed')
  if (!isBoundAs(fragment, entry)) return miss(fragment, entry.stamp, 'bound otherwise')
  if (entry.version !== fragment.version) return miss(fragment, entry.stamp, 'version changed')
  const left = entry.freshUntil - now
  if (left > 0) {
    fragment.stale = edited
    fragment.refresh = edited || isEarly(entry.cost, left, options.beta)
  } else if (showsStale && entry.revalidateUntil > now) {
    fragment.stale = fragment.refresh = true
  } else if (showsStale && entry.errorUntil > now) {
    // Somebody has tried a moment ago, and failed.
    if (refreshes.rests(fragment.key)) fragment.stale = true
    else fragment.fallback = entry
  } else {
    return miss(fragment, entry.stamp, 'expired')
  }
  fragment.entry = entry
}

/** Holes are found by their number in a template: in another one they may be others. */
function isWhole({ holes, heads }: Entry): boolean {
  return holes.length === 0 && heads.every((head) => head.holes.length === 0)
}

/** An entry is a hit if the versions of all its tags, and of those that its place names, equal those read beside it. */
export function checkTags(fragment: Fragment, versions: TagVersions, host: PageHost): void {
  const { entry, tags } = fragment
  if (!entry || fragment.filled) return
  for (const [tag, head] of entry.tags) {
    const version = versions.of(tag)
    if (version instanceof Error) {
      drop(fragment)
      return notRead(fragment, version)
    }
    if (!versions.isKept(tag, head)) {
      drop(fragment)
      return miss(fragment, entry.stamp, 'invalidated')
    }
  }
  // A tag that the place names, and the entry does not have: it was computed from something else.
  if (!haveAll(entry.tags, tags)) {
    drop(fragment)
    return miss(fragment, entry.stamp, 'invalidated')
  }
  if (fragment.fallback) {
    fragment.entry = undefined
    return miss(fragment, entry.stamp, 'expired')
  }
  fragment.fillWithEntry(entry, host)
}

function haveAll(versions: readonly TagVersion[], tags: readonly string[]): boolean {
  return tags.length === 0 || tags.every((tag) => versions.some(([known]) => known === tag))
}

function drop(fragment: Fragment): void {
  fragment.entry = undefined
  fragment.fallback = undefined
  fragment.stale = false
  fragment.refresh = false
}

function notRead(fragment: Fragment, error: OnetripError): void {
  fragment.stamp = error
  fragment.reason = 'store error'
}

function miss(fragment: Fragment, found: Buffer, reason: MissReason): void {
  fragment.reason = reason
  // A copy: what the store gave may be a view into all that the socket delivered.
  fragment.stamp = Buffer.from(found.subarray(0, STAMP_LENGTH))
}
