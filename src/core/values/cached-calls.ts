import { messageOf, RecursionError, RenderError } from '../../errors.ts'
import type { Entry } from '../entry/entry.ts'
import { UNKNOWN_REQUEST } from '../key/vary.ts'
import type { Bypass } from '../options/cache-options.ts'
import { refreshDue } from '../single-flight/refresh-due.ts'
import { WaitBudget, within } from '../store-access/deadline.ts'
import { newReadContext, readVersions } from '../tags/read-keys.ts'
import { type CachedHost, type Call, type CallRules, sentence } from './call.ts'
import { CallRunner, type SharedResult } from './call-runner.ts'
import type { CachedKey, FoundValue } from './found-value.ts'
import { GivenArguments } from './given-arguments.ts'
import { type SharedRun, SharedRuns } from './run-registry.ts'

/** The calls of one cached function. */
export class CachedCalls<Args extends unknown[], Result> {
  readonly #rules: CallRules<Args>
  readonly #host: CachedHost
  readonly #shared: SharedRuns<SharedResult>
  readonly #runner: CallRunner<Args, Result>

  /** @param shared the runs that calls of the same key may share */
  constructor(
    rules: CallRules<Args>,
    fn: (...args: Args) => Result,
    host: CachedHost,
    shared: SharedRuns<SharedResult> = new SharedRuns(host.services.options.maxRender),
  ) {
    this.#rules = rules
    this.#host = host
    this.#shared = shared
    this.#runner = new CallRunner(rules, fn, host)
  }

  /**
   * Returns the stored result of a call, or runs the function.
   * @throws what the function throws, KeyPartError
   */
  async call(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#host.checkOpen()
    const { values, scope, page, untracked } = this.#host
    if (this.#rules.vary.length > 0 && this.#host.over) return this.#runUnknown(self, args)
    const bypass = untracked ? 'both' : this.#host.bypass
    if (bypass === 'both') return this.#runAlone(self, args)
    const ofPage = page !== undefined && !page.over
    const readAt = this.#now
    const begun = ofPage ? page.context.startedAt : readAt
    const wanted = this.#rules.keyOf(args)
    const given = new GivenArguments(args)
    const ahead = bypass === 'read' ? undefined : await scope?.find(wanted.key)
    const found = ahead ?? (await this.#read(wanted, bypass))
    const hit = found.isGiven
    values.counter.count(wanted.name, !hit ? 'misses' : ahead ? 'preloadHits' : 'hits')
    const call = { self, args: given, wanted, found, begun, readAt, ofPage, bypass }
    if (!hit) return this.#miss(call)
    if (found.isDue && bypass === false) this.#refreshBehind(call)
    return this.#valueOf(call)
  }

  /** Runs the function whatever is stored, and stores its result. @throws as {@link call} */
  async refresh(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#host.checkOpen()
    const { bypass } = this.#host
    if (this.#rules.vary.length > 0 && this.#host.over) return this.#runUnknown(self, args)
    if (bypass === 'both') return this.#runAlone(self, args)
    const begun = this.#now
    const wanted = this.#rules.keyOf(args)
    const given = new GivenArguments(args)
    const found = await this.#read(wanted, bypass)
    const call = { self, args: given, wanted, found, begun, readAt: begun, ofPage: false, bypass }
    const { value } = await this.#runner.run(call, this.#closesRing(wanted.key, undefined))
    return value
  }

  /** Deletes the stored result of a call. @throws KeyPartError, StoreError */
  async invalidate(args: Args): Promise<void> {
    this.#host.checkOpen()
    await this.#host.values.delete([this.#rules.keyOf(args)])
  }

  /** By the process' clock. */
  get #now(): number {
    return this.#host.services.time.now()
  }

  /**
   * Reads what is stored; a request that leaves it out sees no more than what its result would
   * replace.
   */
  async #read(wanted: CachedKey, bypass: Bypass): Promise<FoundValue> {
    const [found] = (await this.#host.values.read([wanted])) as [FoundValue]
    return bypass === 'read' ? found.asAbsent() : found
  }

  #runAlone(self: unknown, args: Args): Promise<Awaited<Result>> {
    const wanted = this.#rules.callOf(args)
    this.#host.values.counter.count(wanted.name, 'misses')
    return this.#runner.runAlone(self, args, wanted, this.#closesRing(wanted.key, undefined))
  }

  /** Runs the function for a request that is not known: nothing that reads it is kept. */
  async #runUnknown(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#runner.noteUnkept(UNKNOWN_REQUEST)
    return this.#runAlone(self, args)
  }

  /** Decodes the stored result; where that fails, the function runs. */
  async #valueOf(call: Call<Args>): Promise<Awaited<Result>> {
    const { entry, until, madeWith } = call.found
    const { body, stamp } = entry as Entry
    const { services, values } = this.#host
    try {
      const value = (await values.codec.decode(body, stamp)) as Awaited<Result>
      services.dependencies.note(this.#runner.dependencyOf(madeWith, until))
      return value
    } catch (cause) {
      values.reportUnreadable(call.wanted.key, cause)
      return this.#miss({ ...call, found: call.found.asAbsent() })
    }
  }

  /**
   * Runs the function, or waits for a call that is running it; if that fails, runs it for itself.
   * @param outdated a run that was waited for, and was of no use
   */
  async #miss(call: Call<Args>, outdated?: SharedRun<SharedResult>): Promise<Awaited<Result>> {
    const { found, wanted } = call
    const { services, values } = this.#host
    const id = this.#idOf(call)
    const shared = id === undefined ? undefined : this.#findShared(id, call, outdated)
    const closesRing = this.#closesRing(wanted.key, shared)
    if (shared && !closesRing) {
      const result = await this.#join(shared, call)
      if (result && (await this.#isCurrent(result, call))) {
        services.dependencies.note(result.dependency)
        return (await values.codec.decode(result.body)) as Awaited<Result>
      }
      // Once: where all is invalidated again and again no run would be good enough.
      if (result && !outdated) return this.#miss(call, shared)
    }
    try {
      const instead = shared ?? outdated
      // A call that would wait for itself otherwise runs the function for itself alone.
      const ownId = closesRing ? undefined : id
      const { value } = await this.#runner.run(call, closesRing, (run, making) =>
        ownId === undefined ? undefined : this.#shared.lead(ownId, run, making, instead),
      )
      return value
    } catch (cause) {
      const fallback = found.asFallback()
      if (!fallback) throw cause
      this.#reportFailure(wanted, cause)
      return this.#valueOf({ ...call, found: fallback })
    }
  }

  /**
   * Returns what calls that may share a run have in common; undefined if its result cannot be
   * stored.
   */
  #idOf(call: Call<Args>): string | undefined {
    const { key, stamp, versions, entry } = call.found
    const { options, clears } = this.#host.services
    if (call.bypass !== false || stamp instanceof Error || options.singleFlight === 'off') return undefined
    if (this.#runner.changed(call) !== undefined) return undefined
    const seen = stamp ? stamp.toString('latin1') : ''
    return `${clears.generation} ${key}\n${entry === undefined}\n${seen}\n${versions.digest}`
  }

  /**
   * Returns a run to wait for. One that began before this process changed its key is none, even if
   * the store does not show it.
   */
  #findShared(
    id: string,
    { wanted }: Call<Args>,
    outdated?: SharedRun<SharedResult>,
  ): SharedRun<SharedResult> | undefined {
    const shared = this.#shared.find(id, this.#now)
    if (!shared || shared === outdated) return undefined
    return this.#host.values.scopes.changedSince(shared.run.begun, wanted.key, []) ? undefined : shared
  }

  /** Waits for another call's run, for `lockWait` at most. */
  #join({ run, made }: SharedRun<SharedResult>, { ofPage }: Call<Args>): Promise<SharedResult | undefined> {
    const { services, page } = this.#host
    const { options, time, dependencies } = services
    const waitBudget = (ofPage && page?.context.waitBudget) || new WaitBudget(options.lockWait, time)
    const waiting = waitBudget.during((left) => within(Math.max(0, left), made, () => undefined, time))
    return dependencies.run?.during(run, waiting) ?? waiting
  }

  /**
   * Returns true if nothing that another call's result is made of was invalidated since: it may
   * have tags of other functions.
   */
  async #isCurrent({ dependency: { tags } }: SharedResult, { found }: Call<Args>): Promise<boolean> {
    const { services, page } = this.#host
    const other = tags.filter(([tag, kept]) => !found.versions.isKept(tag, kept))
    if (other.length === 0) return true
    const context = newReadContext(services, page?.context.trips)
    const unread = other.flatMap(([tag]) => (Buffer.isBuffer(found.versions.of(tag)) ? [] : [tag]))
    if (unread.length > 0) await readVersions(unread, context, services)
    return context.versions.mismatch(other, []) === undefined
  }

  /**
   * Returns true if a call would wait for a run that waits for this call. It then runs the function
   * once more, for itself: the code may belong to that run by mistake, as a callback of a pool that
   * it has opened does.
   * @throws RecursionError inside of such a run
   */
  #closesRing(key: string, shared: SharedRun<SharedResult> | undefined): boolean {
    const { keyPrefix, dependencies, events } = this.#host.services
    const caller = dependencies.run
    const ring = caller?.ringWith(key, shared?.run)
    if (!caller || !ring) return false
    const keys = [...ring.map((run) => run.key), key].map((one) => one.slice(keyPrefix.length))
    const error = new RecursionError(
      `${sentence(this.#rules.title)} is called while it runs with the same key: ${keys.join(' > ')}. Put all ` +
        'that its result depends on into the key, or end the recursion.',
    )
    if (caller.isInRing) throw error
    events.emit({ type: 'error', error, during: 'call', keys: [key] })
    return true
  }

  /**
   * Refreshes what is due, once at a time in this process, and among processes by the claims of
   * fragments.
   */
  #refreshBehind(call: Call<Args>): void {
    const { services } = this.#host
    const refresh = async () => {
      try {
        const { storing } = await this.#runner.run(call, false)
        return await storing
      } catch (cause) {
        this.#reportFailure(call.wanted, cause)
        throw cause
      }
    }
    const refreshing = () => refreshDue([call.found], this.#now, refresh, services)
    // The call that has found it due does not wait for it.
    void this.#host.pending(services.dependencies.apart(refreshing))
  }

  #reportFailure(wanted: CachedKey, cause: unknown): void {
    const why = messageOf(cause)
    const error = new RenderError(
      `${sentence(this.#rules.title)} failed, and its stored result was returned: ${why}`,
      {
        cause,
      },
    )
    this.#host.services.events.emit({ type: 'error', error, during: 'refresh', keys: [wanted.key] })
  }
}
