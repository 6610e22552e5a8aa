import type { Place } from '../../engines/template-engine.ts'
import type { Ttl } from '../../stores/store.ts'
import { writeEntry } from '../entry/entry.ts'
import { type EntryHead, type EntryHole, encodeProvenance } from '../entry/entry-fields.ts'
import { keyTtl } from '../entry/lifetime.ts'
import { OVERLAY_MARK } from '../entry/overlay-mark.ts'
import { type Fragment, fragmentsIn } from '../fragment/fragment.ts'
import { StoredBody, storedHeads } from '../fragment/stored-body.ts'
import { boundCode } from '../lookup/bound-code.ts'
import { noticeEmpty } from '../notices.ts'
import type { Services } from '../services.ts'
import { keyChangedSince } from '../tags/changed-since.ts'
import type { TagVersions } from '../tags/tag-versions.ts'
import { collectTags, collectTemplates, costOf, endsOf, unsharedInside } from './bubbling.ts'
import type { EntryWrite } from './write-entries.ts'

export const CONFLICT = 'another fragment has the same key'

/**
 * Returns why a fragment, or one inside it, differs by more than its key.
 * @param names what its key differs by
 */
function variesMore({ body, inner }: Fragment, names: readonly string[]): string | undefined {
  const unshared = body?.dependencies?.unsharedBy(names)
  if (unshared !== undefined) return unshared
  for (const one of fragmentsIn(inner)) {
    const missing = varyNames(one).filter((name) => !names.includes(name))
    if (missing.length > 0)
      return `the fragment ${one.title} in it varies by ${missing.join(', ')}: it has to name that in its own vary=, too`
    const deeper = variesMore(one, names)
    if (deeper !== undefined) return deeper
  }
  return undefined
}

/** Returns the names of `vary=`, which were checked when the key was made. */
function varyNames({ vary = [] }: Fragment): string[] {
  return (Array.isArray(vary) ? vary : [vary]) as string[]
}

/**
 * The entry of a fragment. A class, not a literal: see `Values#addHole` of the nunjucks runtime.
 */
export class FragmentEntry implements EntryWrite {
  readonly fragment: Fragment
  readonly key: string
  value: Buffer
  /** Size of the unsigned entry. */
  readonly bytes: number
  /** How long it is fresh, in ms. */
  readonly fresh: number
  readonly ttl: Ttl
  readonly tags: readonly string[]
  readonly ifStamp: Buffer | null
  readonly notAfter: number

  constructor(fragment: Fragment, entry: Buffer, fresh: number, ttl: Ttl, tags: string[], notAfter: number) {
    this.fragment = fragment
    this.key = fragment.key
    this.value = entry
    this.bytes = entry.length
    this.fresh = fresh
    this.ttl = ttl
    this.tags = tags
    this.ifStamp = fragment.stamp as Buffer | null
    this.notAfter = notAfter
  }
}

/**
 * Returns the entry of a fragment, or as a string why it is not stored.
 * @param start when the page began, by the store's clock
 * @param now the store's time
 */
export function prepareEntry(
  fragment: Fragment,
  versions: TagVersions,
  start: number,
  now: number,
  { options, variants, clears, store, dependencies }: Services,
): FragmentEntry | string {
  const { key, name, stamp, place } = fragment
  if (fragment.unshared !== undefined) return fragment.unshared
  if (!fragment.complete) return 'its page is over'
  if (stamp instanceof Error) return 'its key could not be read'
  if (fragment.found?.conflictsWith !== undefined) return CONFLICT
  const unshared =
    unsharedInside(fragment) ?? variesMore(fragment, [...options.defaultVary, ...varyNames(fragment)])
  if (unshared !== undefined) return unshared
  if (Number.isNaN(start)) return "the store's clock is not known"
  if (start < store.at(dependencies.startedAt))
    return 'its page began before the first cached function or getOrSet() of this process'
  const changed = keyChangedSince(start, stamp, clears)
  if (changed !== undefined) return changed
  const ends = endsOf(fragment, now)
  if (!(ends.fresh >= 1))
    return fragment.lifetime.until - now < 1
      ? 'its until= has passed'
      : 'a fragment inside it has expired, or is not stored'
  const used = new Map<string, string>()
  const unnamed = collectTemplates(fragment, used)
  if (unnamed !== undefined) return `the template ${unnamed} has no name to find it by`
  const bound = boundCode(fragment, used)
  if (typeof bound === 'string') return bound
  const tags = new Map<string, Buffer>()
  const unsure = collectTags(fragment, versions, start, tags)
  if (unsure !== undefined) return unsure
  const provenance = provenanceOf(fragment.engine, place, used)
  const body = new StoredBody(fragment)
  const heads = fragment.inner.length > 0 ? storedHeads(fragment.inner, body.nocache) : NO_HEADS
  if (!(fragment.allowEmpty ?? options.allowEmpty) && isEmpty(body) && heads.length === 0) {
    noticeEmpty(fragment.title)
    return 'it is empty, and allowEmpty is not set'
  }
  const nameless = namelessHole(body, heads, used)
  if (nameless) return `a {% nocache %} in it stands in ${nameless.template}, which has no name to find it by`
  if (variants && !variants.admit(name, key)) return variants.reason
  const entry = writeEntry(key, body, {
    ends,
    cost: costOf(fragment),
    provenance,
    tags: [...tags],
    holes: body.holes,
    version: fragment.version,
    heads,
    bindings: bound.text,
  })
  if (entry.length > options.maxEntryBytes)
    return `its entry has ${entry.length} bytes, more than maxEntryBytes (${options.maxEntryBytes})`
  if (entry.includes(OVERLAY_MARK)) return 'it shows HTML that was rendered with the overlay'
  const ttl = keyTtl(ends, options.maxRender)
  return new FragmentEntry(fragment, entry, ends.fresh, ttl, [...tags.keys()], clears.until(start))
}

const NO_HEADS: readonly EntryHead[] = []

function namelessHole(
  { holes }: StoredBody,
  heads: readonly EntryHead[],
  used: ReadonlyMap<string, string>,
): EntryHole | undefined {
  if (holes.length + heads.length === 0) return undefined
  return [...holes, ...heads.flatMap((head) => head.holes)].find(({ template }) => !used.has(template))
}

/** The last provenance of each place, which all its entries have in common. */
const provenances = new WeakMap<Place, { engine: string; used: ReadonlyMap<string, string>; text: string }>()

function provenanceOf(engine: string, place: Place, used: ReadonlyMap<string, string>): string {
  const last = provenances.get(place)
  if (last?.engine === engine && isSame(last.used, used)) return last.text
  const text = encodeProvenance({ engine, place: place.id, placeDigest: place.digest, templates: [...used] })
  provenances.set(place, { engine, used, text })
  return text
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false
  for (const [name, digest] of one) if (other.get(name) !== digest) return false
  return true
}

function isEmpty(body: StoredBody): boolean {
  return body.holes.length === 0 && body.isBlank
}
