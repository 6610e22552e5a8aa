import type { MaybePromise, TemplateEngine } from '../../engines/template-engine.ts'
import type { Entry } from '../entry/entry.ts'
import { parseProvenance } from '../entry/entry-fields.ts'
import type { Fragment, Reopens } from '../fragment/fragment.ts'
import { LookupResult } from '../fragment/lookup-result.ts'
import type { Services } from '../services.ts'
import { ensureVersions, type ReadContext } from '../tags/read-keys.ts'
import type { PageTrace } from '../trace/page-trace.ts'
import { isBoundAs } from './bound-code.ts'
import { checkTags, judgeEntry, type LookupRules, type Verdict } from './judge-entry.ts'
import { type LookupServices, lookUp, readTagsInside } from './look-up.ts'
import { type TemplateChanges, TemplateCheck, type TemplateVerdict } from './template-check.ts'

/** An entry that was found and is no hit, as a trace keeps it. */
export interface RefusedEntry {
  readonly entry: Entry
  readonly changes: TemplateChanges | undefined
}

/**
 * Looks up the fragments of one render. Their entries must be made of the templates and code that
 * this process has.
 */
export class FragmentLookup implements LookupRules<Fragment> {
  readonly showsStale: boolean
  readonly #engine: TemplateEngine
  readonly #digest: string
  /** Created for the first entry. */
  #templates: TemplateCheck | undefined
  readonly #page: Reopens
  readonly #context: ReadContext
  readonly #services: LookupServices
  readonly #showsEdited: boolean

  /**
   * @param digest digest of all options that shape output: the engine's, and the cache's
   * @param page creates the holes of entries
   * @param showsStale whether entries that have expired may be shown
   */
  constructor(
    engine: TemplateEngine,
    digest: string,
    page: Reopens,
    context: ReadContext,
    services: Services,
    showsStale: boolean,
  ) {
    this.showsStale = showsStale
    this.#engine = engine
    this.#digest = digest
    this.#page = page
    this.#context = context
    this.#services = services
    this.#showsEdited = showsStale && services.options.onTemplateChange === 'stale'
  }

  /**
   * Looks up fragments in one round trip, and creates the tag versions that are absent, before
   * anything that a body reads is loaded. A page that reads nothing finds misses. Never rejects.
   */
  async lookUp(fragments: readonly Fragment[]): Promise<void> {
    const { bypass } = this.#context
    if (bypass !== 'both') {
      const missed = await lookUp(fragments, this, this.#context, this.#services)
      const tags = missed.length > 0 ? new Set(missed.flatMap(({ tags }) => tags)) : NO_TAGS
      if (tags.size > 0) await ensureVersions([...tags], this.#context, this.#services)
    }
    // With 'read' the keys are read all the same: a write needs the stamp that it replaces.
    if (bypass === 'both' || bypass === 'read') for (const fragment of fragments) fragment.bypass()
  }

  /**
   * Takes entries that another page, or another process, has rendered meanwhile, as if they had
   * been looked up. Costs a round trip where an entry has tags whose versions this page has not
   * read.
   * @param entries what was given for each fragment; undefined: nothing
   */
  async adopt(fragments: readonly Fragment[], entries: readonly (Buffer | undefined)[]): Promise<void> {
    const now = this.#services.store.now()
    const own = new Map<Fragment, LookupResult | undefined>()
    for (const [n, fragment] of fragments.entries()) {
      const entry = entries[n]
      if (!entry || fragment.filled) continue
      const result = await judgeEntry(fragment, entry, now, this, this.#services)
      if (result.reason !== undefined || result.stale) continue
      own.set(fragment, fragment.found)
      fragment.found = result.asJoined()
    }
    const joined = [...own.keys()]
    await readTagsInside(joined, this.#context, this.#services)
    for (const fragment of joined) {
      checkTags(fragment, this.#context.versions, this)
      // Its own entry is to replace what its own lookup found.
      if (!fragment.filled) fragment.found = own.get(fragment)
    }
  }

  check(fragment: Fragment, entry: Entry): MaybePromise<Verdict> {
    this.#templates ??= new TemplateCheck(this.#engine, this.#digest)
    const verdict = this.#templates.of(fragment.place, entry.provenance)
    return verdict instanceof Promise
      ? this.#checkLater(fragment, entry, verdict)
      : this.#check(fragment, entry, verdict)
  }

  async #checkLater(fragment: Fragment, entry: Entry, verdict: Promise<TemplateVerdict>): Promise<Verdict> {
    return this.#check(fragment, entry, await verdict)
  }

  #check(fragment: Fragment, entry: Entry, verdict: TemplateVerdict): Verdict {
    return (
      refuseTemplates(entry, verdict, this.#showsEdited) ??
      (isBoundAs(fragment, entry) ? undefined : LookupResult.miss('bound otherwise', entry.stamp)) ??
      refuseVersion(entry, fragment.version) ??
      (verdict as Verdict)
    )
  }

  /** Undefined unless its page is traced. */
  get trace(): PageTrace | undefined {
    return this.#context.trace
  }

  accept(fragment: Fragment, entry: Entry): void {
    fragment.fillWithEntry(entry, this.#page)
  }

  refuse(fragment: Fragment, entry: Entry): void {
    if (!this.trace) return
    const changes = this.#templates?.changesIn(fragment.place, entry.provenance)
    this.trace.refused.set(fragment, { entry, changes } satisfies RefusedEntry)
  }
}

const NO_TAGS: ReadonlySet<string> = new Set()

/**
 * Returns the miss of an entry that was made of other templates.
 * @param showsEdited whether one whose template was edited since may be shown
 */
export function refuseTemplates(
  entry: Entry,
  verdict: TemplateVerdict,
  showsEdited: boolean,
): LookupResult | undefined {
  if (verdict === 'valid' || (verdict === 'edited' && showsEdited && isWhole(entry))) return undefined
  const other = verdict === 'foreign' ? parseProvenance(entry.provenance).place : undefined
  return LookupResult.miss('template changed', entry.stamp, other)
}

/** Returns the miss of an entry that was made of other versions of the parts of its key. */
export function refuseVersion(entry: Entry, version: string): LookupResult | undefined {
  return entry.version === version ? undefined : LookupResult.miss('version changed', entry.stamp)
}

/** Holes are found by their number in a template: in an edited one they may be others. */
function isWhole({ holes, heads }: Entry): boolean {
  return holes.length === 0 && heads.every((head) => head.holes.length === 0)
}
