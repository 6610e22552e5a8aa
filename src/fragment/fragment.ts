import type { Declaration, Hole, MaybePromise, Place, Run, RunHost } from '../template/template-engine.ts'
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
  #bytes: Buffer | undefined
  #text: string | undefined

  constructor({ place, name, enabled, body }: Declaration, key: string, ttl: number, engine: string) {
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

  /** Whether its HTML is there. */
  get filled(): boolean {
    return this.#bytes !== undefined || this.#text !== undefined
  }

  /** Bytes of its HTML. */
  get size(): number {
    return this.#bytes ? this.#bytes.length : Buffer.byteLength(this.#text ?? '')
  }

  /** Puts its HTML into a Buffer. @returns how many bytes it took */
  writeTo(target: Buffer, at: number): number {
    if (!this.#bytes) return target.write(this.#text ?? '', at)
    target.set(this.#bytes, at)
    return this.#bytes.length
  }

  /** A hit's bytes are decoded only where a template asks for its text. */
  get text(): string {
    this.#text ??= (this.#bytes ?? '').toString()
    return this.#text
  }

  fillWithBytes(bytes: Buffer): void {
    this.#bytes = bytes
  }

  fillWithText(text: string): void {
    this.#text = text
  }

  get subject(): FragmentSubject {
    const { name, key, place } = this
    return { name, key, template: place.template, line: place.line }
  }
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
