import type { Place, TemplateEngine } from '../../engines/template-engine.ts'
import { messageOf, OptionError, StoreError } from '../../errors.ts'
import { show } from '../../options/show.ts'
import { DefinedFragment } from '../definition/define-fragment.ts'
import { partsOf } from '../definition/params.ts'
import type { Entry } from '../entry/entry.ts'
import { parseProvenance } from '../entry/entry-fields.ts'
import type { MissReason } from '../events.ts'
import type { LookupResult } from '../fragment/lookup-result.ts'
import { refuseTemplates, refuseVersion } from '../lookup/fragment-lookup.ts'
import type { LookupRules, LookupTarget, Verdict } from '../lookup/judge-entry.ts'
import { lookUp } from '../lookup/look-up.ts'
import {
  outputDigest,
  type TemplateChanges,
  TemplateCheck,
  type TemplateVerdict,
} from '../lookup/template-check.ts'
import type { Services } from '../services.ts'
import { keyOfId } from '../tags/invalidate.ts'
import { type FragmentId, readId } from '../tags/invalidation-arguments.ts'
import { newReadContext } from '../tags/read-keys.ts'
import { namesOf } from '../tags/tag-versions.ts'
import type { TagState } from '../trace/page-trace.ts'
import { timesOf } from './describe-fragments.ts'
import { explainOutcome } from './explain-outcome.ts'
import { tagStatesOf } from './tag-states.ts'

/** The entry of one fragment, and the outcome that a page would have with it now. */
export interface InspectedEntry {
  /** Name of the fragment. */
  readonly name: string
  /** Its key in the store. */
  readonly key: string
  /** True if there is an entry that can be read, valid or not. */
  readonly found: boolean
  /** True if a page would show it, fresh or stale. */
  readonly valid: boolean
  /** The outcome on a page: `'hit'`, `'stale'` or `'miss'`. */
  readonly state: 'hit' | 'stale' | 'miss'
  /** Reason of a miss; absent for others. */
  readonly reason?: MissReason
  /** The same in words. */
  readonly explanation: string
  /** Template that its tag stands in; absent if there is no entry. */
  readonly template?: string
  /** Time since it was written, in ms; absent if there is no entry. */
  readonly age?: number
  /** Time from its writing to its end, in ms; `Infinity`: it never expires. */
  readonly ttl?: number
  /** Time until it expires, in ms; negative if it has expired. */
  readonly freshFor?: number
  /** Time until it is no longer shown stale, in ms; negative if that is over. */
  readonly staleFor?: number
  /** Its tags, those of fragments inside it too, with their versions. */
  readonly tags: readonly TagState[]
  /** Size of its HTML, in bytes; absent if there is no entry. */
  readonly size?: number
  /** Time that it took to load and to render, in ms; absent if there is no entry. */
  readonly cost?: number
  /** Its HTML, without its `{% nocache %}` holes; absent if there is no entry. */
  readonly html?: string
}

/**
 * Looks up one fragment as a page would, and tells what was found. Shows nothing, counts nothing
 * and writes nothing.
 * @throws OptionError, KeyPartError, and StoreError if the store was not read
 */
export async function inspectEntry(
  fragment: string | FragmentId | DefinedFragment<never>,
  parts: readonly unknown[],
  services: Services,
): Promise<InspectedEntry> {
  const id = idOf(fragment, parts, services)
  const { key, version } = keyOfId(id, services, 'inspect')
  const defined = services.options.fragments.definitions.get(id.name)
  const target = new InspectedTarget(key, version, namedTags(defined, id))
  const context = newReadContext(services, undefined)
  await lookUp([target], new InspectionRules(services, defined?.place), context, services)
  const found = target.found as LookupResult
  const { reason, stamp, stale, conflictsWith } = found
  if (reason === 'store error' && stamp instanceof Error)
    throw new StoreError(`The fragment "${id.name}" could not be read: ${messageOf(stamp)}`, { cause: stamp })
  const now = services.store.now()
  const entry = found.entry ?? target.refused
  const state = reason !== undefined ? 'miss' : stale ? 'stale' : 'hit'
  const tags = tagStatesOf(entry?.tags ?? [], target.tags, context.versions)
  return {
    ...{ name: id.name, key, found: entry !== undefined, valid: reason === undefined, state },
    ...(reason && { reason }),
    explanation: explainOutcome({
      ...{ state, reason, now, entry, stamp, tags, unshared: undefined, conflictsWith, joined: false },
      changes: target.changes,
    }),
    ...(entry && fieldsOf(entry, now)),
    tags,
  }
}

function fieldsOf(entry: Entry, now: number) {
  const { body, cost, provenance, revalidateUntil } = entry
  return {
    template: templateOf(provenance),
    ...timesOf(entry, now),
    staleFor: revalidateUntil - now,
    ...{ size: body.length, cost, html: body.toString() },
  }
}

/** @throws OptionError */
function idOf(
  fragment: string | FragmentId | DefinedFragment<never>,
  parts: readonly unknown[],
  { options }: Services,
): FragmentId {
  const { definitions } = options.fragments
  if (fragment instanceof DefinedFragment) definitions.of(fragment, 'inspect()')
  const given = fragment instanceof DefinedFragment ? fragment.name : fragment
  const id = readId(given, parts, 'inspect')
  const defined = definitions.get(id.name)
  if (!defined) return id
  const [params = {}, ...rest] = id.parts ?? []
  if (typeof params !== 'object' || params === null || rest.length > 0) {
    throw new OptionError(
      `inspect(): "${id.name}" is a defined fragment: pass its parameters, inspect('${id.name}', { id: 42 }), not ${show(params)}.`,
    )
  }
  const { vary = [] } = defined.options
  const missing = vary.filter((name) => !Object.hasOwn(id.vary ?? {}, name))
  if (missing.length > 0) {
    throw new OptionError(
      `inspect(): the fragment "${id.name}" varies by ${vary.join(', ')}: say which, ` +
        `inspect({ name: '${id.name}', parts: [params], vary: { ${missing[0]}: ... } }).`,
    )
  }
  const read = defined.paramsOf(params as Record<string, unknown>, ' (inspect())')
  return { ...id, parts: partsOf(read) }
}

/** Returns the tags that the definition of a fragment names; none for a tag of a template. */
function namedTags(defined: DefinedFragment | undefined, { parts = [] }: FragmentId): readonly string[] {
  const tags = defined?.options.tags
  if (tags === undefined) return []
  return namesOf(typeof tags === 'function' ? tags((parts[0] ?? {}) as never) : tags)
}

/** A fragment that no page shows. */
class InspectedTarget implements LookupTarget {
  readonly key: string
  /** Version of the parts of its key; undefined: it was not given, and is not compared. */
  readonly version: string | undefined
  readonly tags: readonly string[]
  readonly place = {}
  found: LookupResult | undefined
  filled = false
  /** The entry that was found, and is no hit. */
  refused: Entry | undefined
  changes: TemplateChanges | undefined

  constructor(key: string, version: string | undefined, tags: readonly string[]) {
    this.key = key
    this.version = version
    this.tags = tags
  }
}

/**
 * The rules of a page's lookup, as far as they can be told without the page: the code that a body
 * takes from it (macros, blocks) is not compared, nor are templates where the cache has no engine.
 */
class InspectionRules implements LookupRules<InspectedTarget> {
  readonly showsStale = true
  readonly #services: Services
  readonly #place: Place | undefined

  /** @param place that of a defined fragment */
  constructor(services: Services, place: Place | undefined) {
    this.#services = services
    this.#place = place
  }

  async check(target: InspectedTarget, entry: Entry): Promise<Verdict> {
    const { version } = target
    const verdict = await this.#compare(target, entry.provenance)
    const { onTemplateChange } = this.#services.options
    return (
      refuseTemplates(entry, verdict, onTemplateChange === 'stale') ??
      (version === undefined ? undefined : refuseVersion(entry, version)) ??
      (verdict as Verdict)
    )
  }

  async #compare(target: InspectedTarget, provenance: string): Promise<TemplateVerdict> {
    const { engine, dataPolicy } = this.#services.options
    if (!engine) return 'valid'
    const place = this.#place ?? (await placeOf(provenance, engine))
    const check = new TemplateCheck(engine, outputDigest(engine, dataPolicy))
    target.changes = check.changesIn(place, provenance)
    return check.of(place, provenance)
  }

  accept(target: InspectedTarget): void {
    target.filled = true
  }

  refuse(target: InspectedTarget, entry: Entry): void {
    target.refused = entry
  }
}

/** Returns the place that an entry was made at, as the template is now. */
async function placeOf(provenance: string, engine: TemplateEngine): Promise<Place> {
  const { place: id, placeDigest } = parseProvenance(provenance)
  const template = templateOf(provenance)
  // A definition that this process does not have: its template is compared with the others.
  const isDefined = id.startsWith(`${template}#fragment `)
  const digest = isDefined ? placeDigest : ((await engine.digestOf(template)) ?? '')
  return { id, template, line: 0, digest }
}

function templateOf(provenance: string): string {
  const { place } = parseProvenance(provenance)
  return place.slice(0, place.lastIndexOf('#'))
}
