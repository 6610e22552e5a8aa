import { channel } from 'node:diagnostics_channel'
import type { Clock } from '../../clock.ts'
import { readCount, readNumber } from '../../options/read-option.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { PageTrace } from './page-trace.ts'

/** Channels of `node:diagnostics_channel` on which traced pages begin and end. */
const PAGE_START = channel('onetrip:page:start')
const PAGE_END = channel('onetrip:page:end')

/** Options of `sampleTraces()`. */
export interface TraceSamplingOptions {
  /**
   * One page in this many is traced.
   * @defaultValue 100
   */
  readonly every?: number | undefined
  /**
   * Number of traces that are kept: the newest.
   * @defaultValue 50
   */
  readonly keep?: number | undefined
}

const SAMPLING_OPTIONS = ['every', 'keep'] as const satisfies readonly (keyof TraceSamplingOptions)[]

/** Largest `keep`: a trace of a large page takes some hundred KB. */
const MAX_KEPT = 1_000

/** Traces of recent pages, a sample of them. */
export class TraceSampler {
  readonly #every: number
  readonly #keep: number
  readonly #traces: PageTrace[] = []
  readonly #close: (sampler: TraceSampler) => void
  #pages = 0

  /** @internal */
  constructor(every: number, keep: number, close: (sampler: TraceSampler) => void) {
    this.#every = every
    this.#keep = keep
    this.#close = close
  }

  /** The traces of pages that were rendered and are over, the newest first. */
  get recent(): readonly PageTrace[] {
    return this.#traces.toReversed()
  }

  /** Ends the sampling, and drops the traces. A second call does nothing. */
  close(): void {
    this.#close(this)
    this.#traces.length = 0
  }

  /** Counts a page. @returns true if it is to be traced @internal */
  wants(): boolean {
    this.#pages = (this.#pages + 1) % this.#every
    return this.#pages === 1 % this.#every
  }

  /** Keeps a trace, unless its request rendered nothing, such as one of an asset. @internal */
  add(trace: PageTrace): void {
    if (trace.template === undefined) return
    this.#traces.push(trace)
    if (this.#traces.length > this.#keep) this.#traces.shift()
  }
}

/** Decides which pages of a cache are traced, and hands over the traces of those that are over. */
export class Tracing {
  readonly #clock: Clock
  readonly #samplers = new Set<TraceSampler>()
  #last = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts a page. @returns true if it is to be traced */
  wantsPage(): boolean {
    let isWanted = PAGE_START.hasSubscribers || PAGE_END.hasSubscribers
    if (this.#samplers.size > 0) for (const sampler of this.#samplers) if (sampler.wants()) isWanted = true
    return isWanted
  }

  /**
   * Begins to trace a page.
   * @param start when the page began, in ms of the process' clock
   */
  begin(page: object, start: number): PageTrace {
    const trace = new PageTrace(++this.#last, start, this.#clock)
    if (PAGE_START.hasSubscribers) PAGE_START.publish({ page, trace })
    return trace
  }

  /** Hands over the trace of a page that is over. */
  finish(page: object, trace: PageTrace): void {
    trace.finish()
    for (const sampler of this.#samplers) sampler.add(trace)
    if (PAGE_END.hasSubscribers) PAGE_END.publish({ page, trace })
  }

  /** @throws OptionError */
  sample(options: TraceSamplingOptions): TraceSampler {
    refuseUnknownOptions('sampleTraces()', options, SAMPLING_OPTIONS)
    const { every = 100, keep = 50 } = options
    const kept = readNumber('keep', keep, 1, MAX_KEPT + 1)
    const sampler = new TraceSampler(readCount('every', every, 1), kept, (one) => {
      this.#samplers.delete(one)
    })
    this.#samplers.add(sampler)
    return sampler
  }
}
