import type { Bind } from '../../engines/bindings.ts'
import type { DefinedSource } from '../../engines/defined-call.ts'
import type { Declaration, Place, Run, StoredNocache } from '../../engines/template-engine.ts'
import type { LeakError } from '../../errors.ts'
import type { Entry } from '../entry/entry.ts'
import type { EntryHole } from '../entry/entry-fields.ts'
import type { Lifetime } from '../entry/lifetime.ts'
import type { FragmentSubject, MissReason } from '../events.ts'
import type { ObservedFragment } from '../observe/cache-observer.ts'
import { BodyResult } from './body-state.ts'
import { Dependencies } from './dependencies.ts'
import { HeadNode } from './head-block.ts'
import { LookupResult } from './lookup-result.ts'
import type { NocacheHole } from './nocache-hole.ts'
import { PageNode, type Part } from './page-node.ts'

const NO_NODES: readonly PageNode[] = []
const SKIPPED = LookupResult.miss('skipped', null)

/** Creates the holes of entries, for one page. */
export interface Reopens {
  reopen(hole: StoredNocache): NocacheHole
}

/**
 * One fragment of one page: a key at a place, and the hole that it fills, however often it was
 * declared. It is declared and looked up; if it is a miss, it is rendered and written back. Each
 * step replaces what is known: {@link Fragment.found}, then {@link PageNode.body}.
 */
export class Fragment extends PageNode implements ObservedFragment {
  readonly place: Place
  readonly name: string
  readonly key: string
  /** Versions of those parts of its key that have one; '' if none has. */
  readonly version: string
  readonly lifetime: Lifetime
  /** White space alone is stored; undefined: as the cache's option says. */
  readonly allowEmpty: boolean | undefined
  /** Its lifetime limits that of the fragments around it. */
  readonly bubbles: boolean
  /** The tags of its `tags=`. */
  readonly tags: readonly string[]
  /** The value of its `vary=`. */
  readonly vary: unknown
  /** Digest of the options of the engine that declared it. */
  readonly engine: string
  /** The definition that it was made of; undefined for a cache tag. */
  readonly defined: DefinedSource | undefined
  readonly #hasVisitorKey: boolean
  /**
   * Reason why it is for this page alone, such as an `if=` that did not hold. What stands around it
   * is then, too.
   */
  ofThisPage: string | undefined
  /** Reason why it is neither looked up nor stored. */
  unshared: string | undefined

  // Of the run that declared it last.
  /** Values marked as one visitor's that its key tells apart. */
  keyed: ReadonlySet<object> | undefined
  /** Its body uses, or may use, a text that is for this page alone. */
  readsNocache: boolean
  /** Returns the code that its body takes from the page around it. */
  bind: Bind | undefined

  /** Undefined: not looked up yet. */
  found: LookupResult | undefined
  /** A render that it is part of has succeeded: it counts, and may be stored. */
  kept = false
  /** Its entry was written. */
  stored = false
  /** It reads what belongs to one visitor, so it is not stored. */
  leak: LeakError | undefined

  constructor(
    declaration: Declaration,
    key: string,
    version: string,
    lifetime: Lifetime,
    tags: readonly string[],
    engine: string,
  ) {
    super(declaration.body)
    const { place, name, parts, perVisitorParts, enabled, bubbles = true, readsNocache, keyed } = declaration
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
    this.defined = declaration.defined
    this.#hasVisitorKey = perVisitorParts !== undefined && perVisitorParts.length > 0
    const empty = perVisitorParts?.find((n) => parts[n] === '') ?? -1
    if (!enabled) this.keepToPage('if= did not hold')
    else if (lifetime.ttl === 0) this.#skip('its ttl is 0')
    else if (declaration.unshared !== undefined) this.#skip(declaration.unshared)
    else if (empty !== -1)
      this.#skip(`part ${empty + 1} of its key is an empty string, which names no visitor`)
  }

  /** Excludes it from the cache, with all that stands around it. */
  keepToPage(why: string): void {
    this.ofThisPage = why
    this.#skip(why)
  }

  #skip(why: string): void {
    this.unshared = why
    this.found = SKIPPED
  }

  /** The entry that it shows; undefined unless it is a hit. */
  get entry(): Entry | undefined {
    return this.found?.reason === undefined ? this.found?.entry : undefined
  }

  /** Reason of a miss; undefined for a hit, and before the lookup. */
  get reason(): MissReason | undefined {
    return this.found?.reason
  }

  get stale(): boolean {
    return this.found?.stale === true
  }

  get joined(): boolean {
    return this.found?.joined === true
  }

  get state(): 'hit' | 'stale' | 'miss' {
    if (this.reason !== undefined) return 'miss'
    return this.stale ? 'stale' : 'hit'
  }

  get template(): string {
    return this.place.template
  }

  get line(): number {
    return this.place.line
  }

  get bytes(): number {
    return this.size
  }

  /** Of a hit the time that its entry had cost, of a miss that of its own body, in ms. */
  get cost(): number {
    return this.entry?.cost ?? this.renderTime + this.loadTime
  }

  /** When its entry was written, by the store's clock; undefined of a miss. */
  get writtenAt(): number | undefined {
    return this.entry?.writtenAt
  }

  /** See {@link LookupResult.stamp}. */
  get stamp(): Buffer | null | Error {
    return this.found?.stamp ?? null
  }

  /** Its key has a part that belongs to one visitor. */
  get perVisitor(): boolean {
    return this.#hasVisitorKey || (this.keyed?.size ?? 0) > 0 || this.defined?.perVisitor === true
  }

  get title(): string {
    return `"${this.name}" (${this.place.template}, line ${this.place.line})`
  }

  get subject(): FragmentSubject {
    const { name, key, place } = this
    return { name, key, template: place.template, line: place.line }
  }

  /**
   * Its HTML, or that of a hole in it, is for this page alone: what uses its text is not stored.
   */
  get hasNocache(): boolean {
    const { readsNocache, ofThisPage, bubbles, lifetime } = this
    if (readsNocache || ofThisPage !== undefined || (bubbles && lifetime.ttl === 0)) return true
    return this.inner.some(({ hasNocache }) => hasNocache)
  }

  /**
   * Updates it from another declaration: the earlier run is over, and so is the scope of its body.
   */
  declaredAgain({ body, readsNocache, keyed, bind }: Declaration): void {
    this.run = body
    this.bind = bind
    this.keyed = keyed
    this.readsNocache ||= readsNocache
  }

  /** Notes what a result that its body has read was made of. */
  dependsOn(read: Dependencies): void {
    const body = this.startBody()
    body.dependencies ??= new Dependencies()
    body.dependencies.addAll(read)
  }

  /**
   * Fills it with the bytes of an entry as they are, and nodes for what is rendered for each
   * request.
   * @param page creates the holes
   */
  fillWithEntry(entry: Entry, page: Reopens): void {
    const { body, holes, heads } = entry
    if (holes.length === 0 && heads.length === 0) {
      this.fill(body, NO_NODES)
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

  /** Makes it a miss, whatever was found. */
  bypass(): void {
    if (this.filled && !this.entry) return
    this.found = this.found?.asBypassed() ?? LookupResult.miss('bypassed', null)
    this.fill(undefined, NO_NODES)
  }

  /** Shows the entry from before, because the body failed. @returns false if it has none to show */
  fallBack(page: Reopens): boolean {
    if (this.entry) return true
    const shown = this.found?.asFallback()
    if (!shown) return false
    this.found = shown
    this.fillWithEntry(shown.entry as Entry, page)
    return true
  }

  override release(): void {
    super.release()
    this.found = this.found?.withoutEntry()
    this.bind = undefined
  }

  override rendered(run: Run, inner: readonly PageNode[]): void {
    super.rendered(run, inner)
    this.startBody().result = new BodyResult(run)
    this.readsNocache ||= run.readsNocache
  }
}

/** Returns the fragments among nodes. */
export function fragmentsIn(nodes: readonly PageNode[]): readonly Fragment[] {
  return nodes.length === 0 ? NO_FRAGMENTS : nodes.filter((node) => node instanceof Fragment)
}

const NO_FRAGMENTS: readonly Fragment[] = []

/** Returns the fragments among nodes, and those inside them, in the order of the page. */
export function withInner(nodes: readonly PageNode[]): readonly Fragment[] {
  const flat = nodes.every((node) => node instanceof Fragment && node.inner.length === 0)
  return flat ? (nodes as readonly Fragment[]) : fragmentsIn([...new Set(nodes.flatMap(nodeAndInner))])
}

/** Returns true if a fragment is a miss. */
export function hasMiss(fragments: readonly Fragment[]): boolean {
  for (const { found } of fragments) if (found?.reason !== undefined) return true
  return false
}

function nodeAndInner(node: PageNode): PageNode[] {
  return [node, ...node.inner.flatMap(nodeAndInner)]
}
