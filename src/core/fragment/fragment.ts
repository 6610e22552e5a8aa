import type { Bind, Borrowed, Declaration, Place, Run, StoredNocache } from '../../engines/template-engine.ts'
import type { LeakError } from '../../errors.ts'
import { STAMP_LENGTH } from '../../stores/store.ts'
import type { Entry } from '../entry/entry.ts'
import type { EntryHole } from '../entry/entry-fields.ts'
import type { Lifetime } from '../entry/lifetime.ts'
import type { FragmentSubject, MissReason } from '../events.ts'
import { Dependencies } from './dependencies.ts'
import { HeadNode } from './head-block.ts'
import type { NocacheHole } from './nocache-hole.ts'
import { PageNode, type Part } from './page-node.ts'

const NOTHING_INSIDE: readonly PageNode[] = []

/** Makes the holes of entries, for one page. */
interface Reopens {
  reopen(hole: StoredNocache): NocacheHole
}

/**
 * One fragment of one page: a key at a place, and the hole that it fills, however often it was declared. It is
 * declared, fetched, rendered if it was a miss, and written back; what is known of it so far is here.
 */
export class Fragment extends PageNode {
  readonly place: Place
  readonly name: string
  readonly key: string
  /** Of the parts of its key that bring one; '' where none does. */
  readonly version: string
  readonly lifetime: Lifetime
  /** Whether it is stored where it is nothing but white space; undefined: as the cache says. */
  readonly allowEmpty: boolean | undefined
  /** Why it is for this page alone, where its tag's `if=` did not hold, for one: so is what stands around it. */
  ofThisPage: string | undefined
  /** Why it is neither fetched nor stored. */
  unshared: string | undefined
  /** Whether its life counts for fragments around it. */
  readonly bubbles: boolean
  /** What its tag says as `tags=`. */
  readonly tags: readonly string[]
  /** What its body reads of cached functions. */
  dependencies: Dependencies | undefined
  /** What its tag says as `vary=`. */
  readonly vary: unknown
  /** Digest of the options of the engine that declared it. */
  readonly engine: string

  /** Whether a render that it is part of has succeeded: it counts, and may be stored. */
  kept = false
  /** Whether its entry was written. */
  stored = false
  /** Whether the fetch that asked for it is over. */
  fetched = false
  /** What was found, where it is a hit. */
  entry: Entry | undefined
  /** A hit that is shown although its time has passed, or its template was edited. */
  stale = false
  /** A hit that is rendered anew behind the page: it is stale, or soon will be. */
  refresh = false
  /** An entry whose time has passed, which is shown where rendering fails. */
  fallback: Entry | undefined
  /** It was a miss, and another page of this process had it rendered already. */
  joined = false
  /** Why it is a miss; undefined: it is a hit, or not fetched. */
  reason: MissReason | undefined
  /** What the fetch found at its key: the head, `null` for nothing, an Error where it was not read. */
  stamp: Buffer | null | Error = null
  /** Templates whose code ran in the body. */
  templates: ReadonlyMap<string, string | null> | undefined
  /** Values marked as one visitor's that its key tells apart, and those that its body read. */
  keyed: ReadonlySet<object> | undefined
  visitorReads: ReadonlyMap<object, string> | undefined
  /** Its body used, or may have used, a text that is for this page alone. */
  readsNocache: boolean
  /** What its body read that no template can use. */
  unusable: string | undefined
  /** What its body takes from the page around it, of the run that declared it last. */
  bind: Bind | undefined
  /** What its body took, where it has run. */
  borrowed: Borrowed | undefined
  /** Its body, or what it loaded, changed the response: a hit would not. */
  changedResponse = false
  /** What its key was made of was changed before its body had run. */
  keyChanged = false
  /** It reads what belongs to one visitor, so it is not stored. */
  leak: LeakError | undefined
  /** The id of another place that gives the same key, whose entry is the one that is kept. */
  conflictsWith: string | undefined

  constructor(
    declaration: Declaration,
    key: string,
    version: string,
    lifetime: Lifetime,
    tags: readonly string[],
    engine: string,
  ) {
    super(declaration.body)
    const { place, name, parts, visitorsParts, enabled, bubbles = true, readsNocache, keyed } = declaration
    this.tags = tags
    this.bubbles = bubbles
    this.place = place
    this.name = name
    this.key = key
    this.version = version
    this.lifetime = lifetime
    this.allowEmpty = declaration.allowEmpty === undefined ? undefined : Boolean(declaration.allowEmpty)
    this.engine = engine
    this.readsNocache = readsNocache
    this.keyed = keyed
    this.bind = declaration.bind
    this.vary = declaration.vary
    const empty = visitorsParts?.find((n) => parts[n] === '') ?? -1
    if (!enabled) this.keepToPage('if= did not hold')
    else if (lifetime.ttl === 0) this.#keepUnshared('its ttl is 0')
    else if (empty !== -1)
      this.#keepUnshared(`part ${empty + 1} of its key is an empty text, which says of nobody whose it is`)
  }

  /** It is neither fetched nor stored, nor is what stands around it stored. */
  keepToPage(why: string): void {
    this.ofThisPage = why
    this.#keepUnshared(why)
  }

  #keepUnshared(why: string): void {
    this.unshared = why
    this.fetched = true
    this.reason = 'skipped'
  }

  /** Whether its HTML, or that of a hole in it, is for this page alone: what uses its text is not stored. */
  get live(): boolean {
    const { readsNocache, ofThisPage, bubbles, lifetime } = this
    if (readsNocache || ofThisPage !== undefined || (bubbles && lifetime.ttl === 0)) return true
    return this.inner.some(({ live }) => live)
  }

  get title(): string {
    return `"${this.name}" (${this.place.template}, line ${this.place.line})`
  }

  /** It was declared again: the run that did it before is over, and so is the scope of its body. */
  declaredAgain({ body, readsNocache, keyed, bind }: Declaration): void {
    this.run = body
    this.bind = bind
    this.keyed = keyed
    this.readsNocache ||= readsNocache
  }

  /** Its body has read what was made of these. */
  dependsOn(read: Dependencies): void {
    this.dependencies ??= new Dependencies()
    this.dependencies.addAll(read)
  }

  /**
   * A hit: the bytes as the store has them, and between them what is rendered for each request.
   * @param page makes the holes
   */
  fillWithEntry(entry: Entry, page: Reopens): void {
    this.entry = entry
    const { body, holes, heads } = entry
    if (holes.length === 0 && heads.length === 0) {
      this.fill(body, NOTHING_INSIDE)
      return
    }
    const parts = this.#partsOf(body, holes, page)
    const inner: PageNode[] = [...new Set(parts.filter((part) => part instanceof PageNode))]
    for (const head of heads.toReversed()) {
      const added = new HeadNode(this.#partsOf(Buffer.from(head.text), head.holes, page))
      inner.splice(head.after, 0, ...added.inner, added)
    }
    this.fill(parts, inner)
  }

  #partsOf(body: Buffer, holes: readonly EntryHole[], page: Reopens): Part[] {
    const parts: Part[] = []
    let at = 0
    for (const kept of holes) {
      const hole = page.reopen(kept)
      hole.standsIn(this)
      parts.push(body.subarray(at, kept.at), hole)
      at = kept.at
    }
    parts.push(body.subarray(at))
    return parts
  }

  /** What was found, if anything was, is not to be shown: its body runs. */
  bypass(): void {
    if (this.filled && !this.entry) return
    this.fetched = true
    if (this.entry) this.stamp = Buffer.from(this.entry.stamp.subarray(0, STAMP_LENGTH))
    this.entry = undefined
    this.fallback = undefined
    this.stale = false
    this.refresh = false
    this.fill(undefined, [])
    this.reason ??= 'bypassed'
  }

  /** What was found was a copy, and no hit: it is as if nobody had asked. */
  unread(): void {
    this.fetched = false
    this.entry = undefined
    this.fallback = undefined
    this.stale = false
    this.refresh = false
    this.reason = undefined
    this.conflictsWith = undefined
    this.stamp = null
  }

  /** The same fragment, a miss: what is to take the place of an entry that is stale. */
  renewal(): Fragment {
    const {
      place,
      name,
      bubbles,
      readsNocache,
      run,
      key,
      version,
      lifetime,
      tags,
      engine,
      allowEmpty,
      vary,
    } = this
    const declaration = {
      place,
      name,
      parts: [],
      ttl: lifetime.ttl,
      allowEmpty,
      vary,
      enabled: true,
      bubbles,
      readsNocache: readsNocache,
      body: run,
    }
    const renewed = new Fragment(declaration, key, version, lifetime, tags, engine)
    renewed.keyed = this.keyed
    renewed.bind = this.bind
    renewed.stamp = Buffer.from((this.entry as Entry).stamp.subarray(0, STAMP_LENGTH))
    renewed.fetched = true
    renewed.reason = 'expired'
    return renewed
  }

  /** Its body failed: what it showed before is shown once more, where its life allows that. @returns whether it does */
  fallBack(page: Reopens): boolean {
    if (this.entry) return true
    if (!this.fallback) return false
    this.reason = undefined
    this.stale = true
    this.fillWithEntry(this.fallback, page)
    return true
  }

  override letGo(): void {
    super.letGo()
    this.entry = undefined
    this.fallback = undefined
    this.bind = undefined
    this.borrowed = undefined
  }

  override rendered(run: Run, inner: readonly PageNode[]): void {
    super.rendered(run, inner)
    this.templates = run.templates
    this.visitorReads = run.visitorReads
    this.unusable = run.unusable
    this.borrowed = run.borrowed
    this.readsNocache ||= run.readsNocache
  }

  get subject(): FragmentSubject {
    const { name, key, place } = this
    return { name, key, template: place.template, line: place.line }
  }
}

/** The fragments among pieces. */
export function fragmentsIn(nodes: readonly PageNode[]): readonly Fragment[] {
  return nodes.length === 0 ? NO_FRAGMENTS : nodes.filter((node) => node instanceof Fragment)
}

const NO_FRAGMENTS: readonly Fragment[] = []

/** The fragments among pieces, and those inside them, in the order in which a reader meets them. */
export function withInner(nodes: readonly PageNode[]): readonly Fragment[] {
  const flat = nodes.every((node) => node instanceof Fragment && node.inner.length === 0)
  return flat ? (nodes as readonly Fragment[]) : fragmentsIn([...new Set(nodes.flatMap(pieceAndInner))])
}

function pieceAndInner(node: PageNode): PageNode[] {
  return [node, ...node.inner.flatMap(pieceAndInner)]
}

/** What became of one fragment of a page. */
export interface FragmentReport extends FragmentSubject {
  readonly state: 'hit' | 'stale' | 'miss'
  /** Why it is a miss. */
  readonly reason?: MissReason
  /** Of its HTML. */
  readonly bytes: number
  /** A hit that was rendered by another page at the same time, and not found in the store. */
  readonly joined?: boolean
  /** Milliseconds that its body ran, where it was a miss. */
  readonly renderTime?: number
}

export function stateOf({ reason, stale }: Fragment): FragmentReport['state'] {
  if (reason !== undefined) return 'miss'
  return stale ? 'stale' : 'hit'
}

export function reportOf(fragment: Fragment): FragmentReport {
  const { reason, renderTime, subject } = fragment
  const state = stateOf(fragment)
  const bytes = fragment.size
  const joined = fragment.joined ? { joined: true } : {}
  return reason === undefined
    ? { ...subject, state, bytes, ...joined }
    : { ...subject, state, reason, bytes, renderTime }
}
