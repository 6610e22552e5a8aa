import { KeyPartError, messageOf, OptionError } from '../../errors.ts'
import type { Expirations } from '../entry/lifetime.ts'
import { Dependencies, type Dependency } from '../fragment/dependencies.ts'
import { isVariantOf } from '../key/fragment-key.ts'
import { skipsWrite } from '../page-context.ts'
import { keyChangedSince, tagsChangedSince } from '../tags/changed-since.ts'
import { ensureVersions, newReadContext } from '../tags/read-keys.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import type { TraceSpan } from '../trace/page-trace.ts'
import { CachedRun } from './cached-run.ts'
import type { CachedHost, Call, CallRules } from './call.ts'
import type { CachedKey } from './found-value.ts'

/** The result of a run, for all calls that wait for it. */
export interface SharedResult {
  /** The encoded result. */
  readonly body: Buffer
  readonly dependency: Dependency
}

/** A run that is over for its caller: its result may still be being stored. */
interface FinishedRun<Value> {
  readonly value: Value
  readonly storing: Promise<boolean>
}

/** The result of a run, before it is stored. */
interface MadeResult<Value> {
  readonly value: Value
  /** Time that the function took, in ms. */
  readonly cost: number
  /** Undefined for a result that cannot be kept. */
  readonly own: SharedResult | undefined
  readonly shared: SharedResult | undefined
}

/** Offers a run to other calls. @returns a function that ends that; undefined if none shares it */
type Lead = (
  run: CachedRun,
  making: Promise<{ readonly shared: SharedResult | undefined }>,
) => (() => void) | undefined

const NO_END: Expirations = { fresh: Infinity, revalidate: Infinity, onError: Infinity }
const NOT_STORED = Promise.resolve(false)

/** Runs one cached function, and stores its results. */
export class CallRunner<Args extends unknown[], Result> {
  readonly #rules: CallRules<Args>
  readonly #fn: (...args: Args) => Result
  readonly #host: CachedHost

  constructor(rules: CallRules<Args>, fn: (...args: Args) => Result, host: CachedHost) {
    this.#rules = rules
    this.#fn = fn
    this.#host = host
  }

  /** Runs the function for a request that does without the store. Returns what a hit would give. */
  async runAlone(
    self: unknown,
    args: Args,
    wanted: CachedKey,
    closesRing: boolean,
  ): Promise<Awaited<Result>> {
    const { values, services } = this.#host
    const { dependencies, time } = services
    const run = new CachedRun(wanted.key, time.now(), dependencies.run, closesRing)
    const read = new Dependencies()
    const result = await run.settled(() => dependencies.collect(read, () => this.#fn.apply(self, args), run))
    dependencies.noteAll(read)
    const body = result === undefined ? undefined : await this.#encode(wanted, result)
    return body ? ((await values.codec.decode(body)) as Awaited<Result>) : result
  }

  /** Notes that the running code has read what cannot be kept. @param why as a message says it */
  noteUnkept(why: string): void {
    this.#host.services.dependencies.note(this.dependencyOf([], NO_END, why))
  }

  dependencyOf(tags: readonly TagVersion[], until: Expirations, unsure?: string): Dependency {
    const { title, vary } = this.#rules
    return { title, tags, until, vary, unsure }
  }

  /** Runs the function and stores its result. @param lead left out: no other call shares the run */
  run(call: Call<Args>, closesRing: boolean, lead?: Lead): Promise<FinishedRun<Awaited<Result>>> {
    const { dependencies, time } = this.#host.services
    const caller = dependencies.run
    const run = new CachedRun(call.wanted.key, time.now(), caller, closesRing)
    const making = this.#make(call, run, closesRing)
    const running = this.#finish(call, making, lead?.(run, making))
    return caller?.during(run, running) ?? running
  }

  /** Runs the function, and encodes its result. */
  async #make(call: Call<Args>, run: CachedRun, closesRing: boolean): Promise<MadeResult<Awaited<Result>>> {
    const executing = () => this.#execute(call, run, closesRing)
    const { result: value, cost, dependency, isForOthers } = await run.settled(executing)
    this.#host.services.dependencies.note(dependency)
    const body = value === undefined ? undefined : await this.#encode(call.wanted, value)
    const own = body && { body, dependency }
    return { value, cost, own, shared: isForOthers ? own : undefined }
  }

  /** @param end makes other calls run the function */
  async #finish(
    call: Call<Args>,
    making: Promise<MadeResult<Awaited<Result>>>,
    end: () => void = () => {},
  ): Promise<FinishedRun<Awaited<Result>>> {
    let storing = NOT_STORED
    try {
      const { value, cost, own } = await making
      if (!own) return { value, storing }
      if (!skipsWrite(call.bypass)) storing = this.#store(call, own, cost)
      return { value: (await this.#host.values.codec.decode(own.body)) as Awaited<Result>, storing }
    } finally {
      // Until it is stored others find nothing, and join.
      if (storing === NOT_STORED) end()
      else void this.#host.pending(storing.then(end, end))
    }
  }

  /** Runs the function, and notes what it reads of others. */
  async #execute(
    call: Call<Args>,
    run: CachedRun,
    closesRing: boolean,
  ): Promise<{ result: Awaited<Result>; cost: number; dependency: Dependency; isForOthers: boolean }> {
    const { dependencies, time, store } = this.#host.services
    const { versions } = call.found
    const { tags: named } = call.wanted
    const context = newReadContext(this.#host.services, this.#host.page?.context.trips)
    // Before the function loads anything.
    await ensureVersions(named, { ...context, versions }, this.#host.services)
    const isKnown = named.every((tag) => Buffer.isBuffer(versions.of(tag)))
    const read = new Dependencies()
    const begun = time.now()
    const span = this.#host.page?.context.trace?.begin('load', call.wanted.name)
    const args = call.args.take()
    const execute = () => dependencies.collect(read, () => this.#fn.apply(call.self, args), run)
    const result = await (span ? traced(span, execute) : execute())
    const keyChanged = this.#keyChanged(call.wanted, call.args.keyed)
    const cost = time.now() - begun
    const tags = new Map(isKnown ? named.map((tag) => [tag, versions.kept(tag) as Buffer] as const) : [])
    // All of them, whatever else there is to say: a call that waits for the result compares them.
    const unsureInside = read.collectTags(tags)
    const unsure =
      (closesRing ? 'it was called while it ran with the same key' : undefined) ??
      keyChanged ??
      (isKnown ? this.changed(call) : 'the versions of its tags could not be read') ??
      read.unsharedBy(this.#rules.vary) ??
      unsureInside
    const now = store.now()
    const { fresh, revalidate, onError } = read.shorten(this.#rules.newEnds(), now)
    const until = { fresh: now + fresh, revalidate: now + revalidate, onError: now + onError }
    const dependency = this.dependencyOf([...tags], until, unsure)
    return { result, cost, dependency, isForOthers: keyChanged === undefined }
  }

  /**
   * Returns why a result may not be what its key says: computed once more from the same arguments,
   * the key differs.
   */
  #keyChanged(wanted: CachedKey, args: Args): string | undefined {
    let now: string | undefined
    try {
      now = this.#rules.callOf(args).key
    } catch {
      // What was a part is none any more.
    }
    if (now !== undefined && isVariantOf(wanted.key, now)) return undefined
    const why = 'the values of its key were changed while it ran'
    const error = new KeyPartError(
      `${this.#rules.title}: ${why}, so that its result is not stored. Give each call objects of its own.`,
    )
    this.#host.services.events.emit({ type: 'error', error, during: 'call', keys: [wanted.key] })
    return why
  }

  /** Returns why its arguments may be older than what was changed since they were loaded. */
  changed({ found, begun, ofPage, wanted }: Call<Args>): string | undefined {
    const { store, clears } = this.#host.services
    const { stamp, versions } = found
    const start = store.at(begun)
    if (!ofPage) return clears.refusal(start)
    const known = wanted.tags.filter((tag) => Buffer.isBuffer(versions.of(tag)))
    return (
      keyChangedSince(start, Buffer.isBuffer(stamp) ? stamp : null, clears) ??
      tagsChangedSince(start, known, versions)
    )
  }

  async #encode(wanted: CachedKey, result: unknown): Promise<Buffer | undefined> {
    const { services, values } = this.#host
    try {
      return await values.codec.encode(result, this.#rules.serializer)
    } catch (cause) {
      const why = messageOf(cause)
      const error = new OptionError(`The result of ${this.#rules.title} cannot be stored: ${why}`, { cause })
      services.events.emit({ type: 'error', error, during: 'serialize', keys: [wanted.key] })
      return undefined
    }
  }

  async #store(
    { wanted, found: { stamp }, begun, readAt }: Call<Args>,
    { body, dependency: { tags, until, unsure } }: SharedResult,
    cost: number,
  ): Promise<boolean> {
    const { services, values } = this.#host
    const { clears, store } = services
    const now = store.now()
    const ends = {
      fresh: until.fresh - now,
      revalidate: until.revalidate - now,
      onError: until.onError - now,
    }
    if (unsure !== undefined || stamp instanceof Error || !(ends.fresh >= 1)) return false
    const start = store.at(begun)
    if (clears.refusal(start) !== undefined) return false
    // A scope that has read it ahead sees it from now on: it does not wait for the store.
    if (!values.scopes.changedSince(readAt, wanted.key, tags))
      values.wrote(wanted.key, body, wanted.name, { tags, until })
    await clears.refresh()
    if (clears.refusal(start) !== undefined) return false
    const value = { key: wanted.key, body, ends, cost, tags, ifStamp: stamp, notAfter: clears.until(start) }
    const [stored] = await values.write([value], 'write value')
    return stored === true
  }
}

async function traced<T>(span: TraceSpan, execute: () => T): Promise<Awaited<T>> {
  try {
    return await execute()
  } finally {
    span.finish()
  }
}
