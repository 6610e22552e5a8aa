import type { Clock } from '../../clock.ts'
import type { MissReason } from '../events.ts'

/**
 * A step of a page:
 * - `declare`: a run of its template;
 * - `fetch`: the lookup of one wave of fragments, or of values;
 * - `wait`: a wait for fragments that other pages render;
 * - `load`: the load of one lazy value, or a run of a cached function;
 * - `render`: a run of the body of one fragment, or of a `{% nocache %}`;
 * - `assemble`: the page's parts are joined;
 * - `send`: from the page's last render to the end of its response;
 * - `write back`: its misses are stored, and hits that are due are refreshed.
 */
export type TraceSpanKind =
  | 'declare'
  | 'fetch'
  | 'wait'
  | 'load'
  | 'render'
  | 'assemble'
  | 'send'
  | 'write back'

/** One step of a traced page. Times are in ms, of the process' clock, as `performance.now()`. */
export class TraceSpan {
  readonly kind: TraceSpanKind
  /** The template, lazy value, cached function or fragment; of other kinds a description. */
  readonly name: string
  readonly start: number
  /** Undefined until the step is over. */
  end: number | undefined
  /** Key of the fragment that is rendered; absent for other kinds. */
  readonly fragment?: string
  /** More about it, such as `24 keys`. */
  detail?: string
  readonly #clock: Clock

  /** @internal */
  constructor(kind: TraceSpanKind, name: string, fragment: string | undefined, start: number, clock: Clock) {
    this.kind = kind
    this.name = name
    this.start = start
    this.end = undefined
    if (fragment !== undefined) this.fragment = fragment
    this.#clock = clock
  }

  /** Returns the step as plain data. @param begin of its page @internal */
  since(begin: number): ExplainedStep {
    const { kind, name, start, end, fragment, detail } = this
    return {
      ...{ kind, name, start: rounded(start - begin) },
      duration: end === undefined ? null : rounded(end - start),
      ...(fragment !== undefined && { fragment }),
      ...(detail !== undefined && { detail }),
    }
  }

  /** Notes that the step is over. @internal */
  finish(detail?: string): void {
    this.end = this.#clock.now()
    if (detail !== undefined) this.detail = detail
  }
}

/** A tag of an entry, as it was written, and as it is now. */
export interface TagState {
  readonly name: string
  /** The version that the entry was written with, in hex; absent if the entry has no such tag. */
  readonly version?: string
  /** The version in the store, in hex; absent if there is none. */
  readonly current?: string
  /** True if they are the same: the tag was not invalidated since the entry was written. */
  readonly valid: boolean
  /** When the current version was made, by the store's clock, in ms since 1970. */
  readonly changedAt?: number
}

/** The outcome of one fragment of a traced page. Times are in ms. */
export interface TracedFragment {
  /** Name of the fragment: the first argument of its tag. */
  readonly name: string
  /** Key of its entry in the store. */
  readonly key: string
  /** Template that its tag stands in. */
  readonly template: string
  /** Line of its tag, counted from 1. */
  readonly line: number
  /** `'hit'`: from the store; `'stale'`: from the store, after its TTL; `'miss'`: rendered. */
  readonly state: 'hit' | 'stale' | 'miss'
  /** Reason of a miss. */
  readonly reason?: MissReason
  /** The outcome in words: why it is a hit or a miss. */
  readonly explanation: string
  /** True for a hit that another page rendered at the same time. */
  readonly joined?: boolean
  /** Size of its HTML, in bytes. */
  readonly bytes: number
  /** Load and render time: of a hit what its entry has stored, of a miss what this page took. */
  readonly cost: number
  /** Time that the body of a miss ran. */
  readonly renderTime?: number
  /** Time that the body of a miss waited for loads. */
  readonly loadTime?: number
  /** Time since its entry was written; absent if there was none. */
  readonly age?: number
  /** Its entry's TTL, from when it was written; `Infinity` if it never expires. */
  readonly ttl?: number
  /** Time until its entry expires; negative if it has expired. */
  readonly freshFor?: number
  /** Its tags, and those of fragments inside it. */
  readonly tags: readonly TagState[]
}

/** Limit of the spans, and of the fragments, that a trace keeps. */
const MAX_SPANS = 2_000
const MAX_FRAGMENTS = 2_000

/** A step of a page, as {@link PageTrace.toJSON} tells it. Times in ms. */
export interface ExplainedStep {
  readonly kind: TraceSpanKind
  readonly name: string
  /** When it began, counted from the begin of the page. */
  readonly start: number
  /** `null` for a step that is not over. */
  readonly duration: number | null
  readonly fragment?: string
  readonly detail?: string
}

/** A page as JSON: the answer of `?onetrip=explain`. Times in ms; `null` in place of `Infinity`. */
export interface PageExplanation {
  readonly page: {
    readonly template?: string | undefined
    readonly route?: string | undefined
    readonly method?: string | undefined
    readonly status?: number | undefined
    /** When it began, in ms since 1970. */
    readonly startedAt: number
    /** Time until it was over, or until it was explained. */
    readonly duration: number
    /** Why nothing of it is stored; absent if it may be. */
    readonly notStored?: string | undefined
  }
  readonly hits: number
  readonly stale: number
  readonly misses: number
  /** Round trips to the store until the page was ready. */
  readonly trips: number
  /** Number of runs of its templates. */
  readonly runs: number
  readonly fragments: readonly TracedFragment[]
  /** All steps, in the order in which they began. */
  readonly waterfall: readonly ExplainedStep[]
  /** Number of steps and fragments that were left out, because there were too many. */
  readonly omitted: number
}

/** The request of a page, as its web framework knows it. */
export interface TracedRequest {
  /** Pattern of the route, such as `/film/:slug`; never the URL. */
  readonly route: string | undefined
  readonly method: string | undefined
  readonly status: number | undefined
}

/** All steps of one page with their times, and the outcome of its fragments. */
export class PageTrace {
  /** Identifies it among the traces of its process. */
  readonly id: number
  /** When the page began, in ms since 1970. */
  readonly startedAt: number
  /** When the page began, in ms of the process' clock, as the times of the spans. */
  readonly start: number
  /** When it was over, its write-back included; undefined until then. */
  end: number | undefined
  /** The template that was rendered first; undefined until then. */
  template: string | undefined
  /** Pattern of the framework's route, such as `/film/:slug`; undefined if not known. */
  route: string | undefined
  /** Method of the request; undefined for a page without a request. */
  method: string | undefined
  /** Status code of the response; undefined until it is sent, and for a page without one. */
  status: number | undefined
  /** Why nothing of it is stored; undefined if it may be. */
  notStored: string | undefined
  /** Round trips to the store until the page was ready. */
  trips = 0
  /** Number of runs of its templates. */
  runs = 0
  /** In the order in which they began. */
  readonly spans: readonly TraceSpan[] = []
  readonly fragments: readonly TracedFragment[] = []
  /** Number of spans and fragments that were left out, because there were too many. */
  omitted = 0
  /** Entries that were found and are no hits, by fragment: see `RefusedEntry`. @internal */
  readonly refused = new WeakMap<object, object>()
  readonly #numbers = new WeakMap<object, number>()
  readonly #clock: Clock
  #renderedAt: number | undefined

  /** @internal */
  constructor(id: number, start: number, clock: Clock) {
    this.id = id
    this.#clock = clock
    this.start = start
    this.startedAt = clock.wall() - Math.round(clock.now() - start)
    this.end = undefined
    this.template = undefined
    this.route = undefined
    this.method = undefined
    this.status = undefined
    this.notStored = undefined
  }

  /** Adds a step that begins now. @internal */
  begin(kind: TraceSpanKind, name: string, fragment?: string): TraceSpan {
    return this.#add(new TraceSpan(kind, name, fragment, this.#clock.now(), this.#clock))
  }

  /**
   * Notes that a render is over: the response is sent from now on.
   * @param trips of the page until now
   * @internal
   */
  rendered(trips: number, runs: number): void {
    this.#renderedAt = this.#clock.now()
    this.trips = trips
    this.runs = runs
  }

  /**
   * Notes that the response is over.
   * @param notStored why nothing of the page is stored
   * @internal
   */
  sent(request: TracedRequest | undefined, notStored: string | undefined): void {
    this.notStored = notStored
    if (request) {
      this.route = request.route
      this.method = request.method
      this.status = request.status
    }
    if (this.#renderedAt === undefined) return
    this.#add(new TraceSpan('send', 'response', undefined, this.#renderedAt, this.#clock)).finish()
    this.#renderedAt = undefined
  }

  /**
   * Adds fragments.
   * @param sources the objects that they describe, for {@link numberOf}
   * @internal
   */
  addFragments(sources: readonly object[], fragments: readonly TracedFragment[]): void {
    const list = this.fragments as TracedFragment[]
    for (const [n, fragment] of fragments.entries()) {
      if (list.length === MAX_FRAGMENTS) this.omitted++
      else this.#numbers.set(sources[n] as object, list.push(fragment) - 1)
    }
  }

  /** Returns the place in `fragments` of the description of an object. @internal */
  numberOf(source: object): number | undefined {
    return this.#numbers.get(source)
  }

  /** @internal */
  finish(): void {
    this.end = this.#clock.now()
  }

  /** Returns the trace as plain data, with times that count from the begin of the page. */
  toJSON(): PageExplanation {
    const { template, route, method, status, startedAt, notStored, start, trips, runs, fragments, omitted } =
      this
    const count = (state: TracedFragment['state']) => fragments.filter((one) => one.state === state).length
    const duration = rounded((this.end ?? this.#clock.now()) - start)
    return {
      page: { template, route, method, status, startedAt, duration, notStored },
      ...{ hits: count('hit'), stale: count('stale'), misses: count('miss') },
      ...{ trips, runs, fragments },
      waterfall: this.spans.map((span) => span.since(start)),
      omitted,
    }
  }

  #add(span: TraceSpan): TraceSpan {
    if (this.spans.length < MAX_SPANS) (this.spans as TraceSpan[]).push(span)
    else this.omitted++
    return span
  }
}

/** Rounds a time to microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
