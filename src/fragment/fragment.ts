import { HEAD_LENGTH } from '../stores/store.ts'
import type { Declaration, Hole, MaybePromise, Place, Run, RunHost } from '../template/template-engine.ts'
import type { Entry } from './entry.ts'
import type { FragmentSubject, MissReason } from './events.ts'

/**
 * One fragment of one page: a key at a place, and the hole that it fills, however often it was declared. It is
 * declared, fetched, rendered if it was a miss, and written back; what is known of it so far is here.
 */
export class Fragment implements Hole {
  readonly place: Place
  readonly name: string
  readonly key: string
  /** Milliseconds. */
  readonly ttl: number
  readonly enabled: boolean
  /** Runs the body; of the run that declared it last. */
  run: (host: RunHost) => MaybePromise<Run>

  /** Digest of the options of the engine that declared it. */
  readonly engine: string

  /** Whether a render that it is part of has succeeded: it counts, and may be stored. */
  kept = false
  /** Whether the fetch that asked for it is over. */
  fetched = false
  /** What was found, where it is a hit. */
  entry: Entry | undefined
  /** Why it is a miss; undefined: it is a hit, or not fetched. */
  reason: MissReason | undefined
  /** What the fetch found at its key: the head, `null` for nothing, an Error where it was not read. */
  head: Buffer | null | Error = null
  /** Milliseconds that its body ran, loads not counted. */
  renderTime = 0
  /** Templates whose code ran in the body. */
  templates: ReadonlyMap<string, string | null> | undefined
  /** The id of another place that gives the same key, whose entry is the one that is kept. */
  conflictsWith: string | undefined
  /** The list that it was put into last: a mark is cheaper than a Set, and this is done for each page. */
  listedIn: object | undefined
  #content: string | Buffer | (string | Fragment)[] | undefined

  /** Whether its life counts for fragments around it. */
  readonly bubbles: boolean
  /** What its tag says as `tags=`. */
  readonly tags: readonly string[]

  constructor(
    { place, name, enabled, body, bubbles = true }: Declaration,
    key: string,
    ttl: number,
    tags: readonly string[],
    engine: string,
  ) {
    this.tags = tags
    this.bubbles = bubbles
    this.place = place
    this.name = name
    this.key = key
    this.ttl = ttl
    this.enabled = enabled
    this.run = body
    this.engine = engine
    if (!enabled) {
      this.fetched = true
      this.reason = 'skipped'
    }
  }

  /** Whether its body has run, or its entry was found. Fragments inside it may still be open. */
  get filled(): boolean {
    return this.#content !== undefined
  }

  /** Whether its HTML is there, with that of all fragments inside it. */
  get complete(): boolean {
    const content = this.#content
    if (content === undefined) return false
    return !Array.isArray(content) || this.inner.every(({ complete }) => complete)
  }

  /** The fragments whose bodies declared it. */
  readonly around = new Set<Fragment>()

  /** Fragments that its body declared, where it was a miss. */
  inner: readonly Fragment[] = []

  /** Bytes of its HTML. */
  get size(): number {
    const content = this.#content ?? ''
    if (!Array.isArray(content))
      return typeof content === 'string' ? Buffer.byteLength(content) : content.length
    let size = 0
    for (const part of content) size += typeof part === 'string' ? Buffer.byteLength(part) : part.size
    return size
  }

  /** Puts its HTML into a Buffer. @returns how many bytes it took */
  writeTo(target: Buffer, at: number): number {
    const content = this.#content ?? ''
    if (typeof content === 'string') return target.write(content, at)
    if (Array.isArray(content)) return writeParts(content, target, at) - at
    target.set(content, at)
    return content.length
  }

  /** A hit's bytes are decoded only where a template asks for its text. */
  get text(): string {
    const content = this.#content ?? ''
    if (!Array.isArray(content)) {
      return content.toString()
    }
    return content.map((part) => (typeof part === 'string' ? part : part.text)).join('')
  }

  /** A hit: the bytes as the store has them. */
  fillWithEntry(entry: Entry): void {
    this.entry = entry
    this.#content = entry.body
  }

  /** What was found, if anything was, is not to be shown: its body runs. */
  bypass(): void {
    if (this.filled && !this.entry) return
    this.fetched = true
    if (this.entry) this.head = Buffer.from(this.entry.head.subarray(0, HEAD_LENGTH))
    this.entry = undefined
    this.#content = undefined
    this.reason ??= 'bypassed'
  }

  /** A miss: what its body put out, and the fragments that it declared. */
  fillWith(parts: readonly (string | Fragment)[], inner: readonly Fragment[]): void {
    const [only] = parts
    this.inner = inner
    this.#content = parts.length === 1 && typeof only === 'string' ? only : [...parts]
  }

  get subject(): FragmentSubject {
    const { name, key, place } = this
    return { name, key, template: place.template, line: place.line }
  }
}

/** Puts text and fragments into a Buffer. @returns where they end */
export function writeParts(parts: readonly (string | Fragment)[], target: Buffer, begin: number): number {
  let at = begin
  for (const part of parts) at += typeof part === 'string' ? target.write(part, at) : part.writeTo(target, at)
  return at
}

/** What became of one fragment of a page. */
export interface FragmentReport extends FragmentSubject {
  readonly state: 'hit' | 'miss'
  /** Why it is a miss. */
  readonly reason?: MissReason
  /** Of its HTML. */
  readonly bytes: number
  /** Milliseconds that its body ran, where it was a miss. */
  readonly renderTime?: number
}

export function reportOf(fragment: Fragment): FragmentReport {
  const { reason, renderTime, subject } = fragment
  const bytes = fragment.size
  return reason === undefined
    ? { ...subject, state: 'hit', bytes }
    : { ...subject, state: 'miss', reason, bytes, renderTime }
}
