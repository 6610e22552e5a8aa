import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type Attributes,
  type Context,
  context,
  diag,
  type HrTime,
  type Tracer,
  trace as traceApi,
} from '@opentelemetry/api'
import type { PageTrace, TraceSpan } from '../../core/trace/page-trace.ts'

const PAGE_START = 'onetrip:page:start'
const PAGE_END = 'onetrip:page:end'

/** The message of both channels. */
interface PageMessage {
  readonly page: { readonly cache: object }
  readonly trace: PageTrace
}

/** Makes spans of the traced pages of one cache, when a page is over. */
export class PageSpans {
  readonly #cache: object
  readonly #tracer: Tracer
  /** The contexts in which pages began. */
  readonly #parents = new WeakMap<PageTrace, Context>()

  constructor(cache: object, tracer: Tracer) {
    this.#cache = cache
    this.#tracer = tracer
    subscribe(PAGE_START, this.#onStart)
    subscribe(PAGE_END, this.#onEnd)
  }

  close(): void {
    unsubscribe(PAGE_START, this.#onStart)
    unsubscribe(PAGE_END, this.#onEnd)
  }

  readonly #onStart = (message: unknown): void => {
    const { page, trace } = message as PageMessage
    if (page.cache === this.#cache) this.#parents.set(trace, context.active())
  }

  readonly #onEnd = (message: unknown): void => {
    const { trace } = message as PageMessage
    const parent = this.#parents.get(trace)
    // The context of a page that began before is not known.
    if (!parent || trace.template === undefined) return
    try {
      this.#export(trace, trace.template, parent)
    } catch (error) {
      // What a subscriber throws ends the process: a sampler or a processor may be anybody's.
      diag.error('onetrip: the spans of a page could not be made', error)
    }
  }

  #export(trace: PageTrace, template: string, parent: Context): void {
    const { route, start, end = start } = trace
    // What a sampler may ask for; the rest is for spans that are recorded.
    const attributes = { 'onetrip.template': template, ...(route !== undefined && { 'http.route': route }) }
    const options = { startTime: timeOf(trace, start), attributes }
    const page = this.#tracer.startSpan(`onetrip ${template}`, options, parent)
    if (page.isRecording()) {
      page.setAttributes(outcomeOf(trace))
      const inside = traceApi.setSpan(parent, page)
      for (const step of trace.spans) this.#exportStep(trace, step, inside)
    }
    page.end(timeOf(trace, end))
  }

  #exportStep(trace: PageTrace, step: TraceSpan, parent: Context): void {
    const { kind, name, detail, start, end = trace.end ?? start } = step
    const attributes = { 'onetrip.name': name, ...(detail !== undefined && { 'onetrip.detail': detail }) }
    const options = { startTime: timeOf(trace, start), attributes }
    this.#tracer.startSpan(`onetrip ${kind}`, options, parent).end(timeOf(trace, end))
  }
}

/** Returns the numbers of a page. They have no key and no URL. */
function outcomeOf({ trips, runs, fragments, notStored }: PageTrace): Attributes {
  const numbers = { hit: 0, stale: 0, miss: 0 }
  for (const { state } of fragments) numbers[state]++
  return {
    'onetrip.hits': numbers.hit,
    'onetrip.stale': numbers.stale,
    'onetrip.misses': numbers.miss,
    'onetrip.trips': trips,
    'onetrip.runs': runs,
    ...(notStored !== undefined && { 'onetrip.not_stored': notStored }),
  }
}

/** Turns a time in ms of the process' clock into seconds and nanoseconds since 1970. */
function timeOf({ startedAt, start }: PageTrace, time: number): HrTime {
  const microseconds = startedAt * 1000 + Math.round((time - start) * 1000)
  return [Math.floor(microseconds / 1e6), (microseconds % 1e6) * 1000]
}
