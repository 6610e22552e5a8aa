import {
  isRecursion,
  KeyPartError,
  messageOf,
  OptionError,
  RecursionError,
  RenderError,
} from '../../errors.ts'
import type { Serializer } from '../../serializers/serializer.ts'
import type { Entry } from '../entry/entry.ts'
import type { Expirations } from '../entry/lifetime.ts'
import { Dependencies, type Dependency } from '../fragment/dependencies.ts'
import { isVariantOf } from '../key/fragment-key.ts'
import { UNKNOWN_REQUEST } from '../key/vary.ts'
import type { Bypass } from '../options/cache-options.ts'
import { skipsWrite } from '../page/bypass.ts'
import { claimOfStale } from '../single-flight/claims.ts'
import { WaitBudget } from '../single-flight/wait-budget.ts'
import { within } from '../store-access/deadline.ts'
import { ensureVersions, newReadContext, readKeys } from '../tags/read-keys.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import { isChangedSince, isInvalidatedSince } from '../write-back/bubbling.ts'
import type { CachedHost, CachedKey } from './cached.ts'
import { CachedRun } from './cached-run.ts'
import type { FoundValue } from './found-value.ts'
import { GivenArguments } from './given-arguments.ts'
import { type LedRun, type SharedRun, SharedRuns } from './run-registry.ts'

/** How the results of calls are kept. */
export interface CallRules<Args extends unknown[]> {
  /** What the calls count under in the statistics. */
  readonly name: string
  /** How a message names what is called, within a sentence. */
  readonly title: string
  readonly vary: readonly string[]
  readonly serializer: Serializer | undefined
  /** The key of a call. @throws KeyPartError, OptionError */
  keyOf(args: Args): CachedKey
  /** The same within one request: without what differs by it. @throws KeyPartError, OptionError */
  callOf(args: Args): CachedKey
  /** How long a result may be given from now on. */
  newEnds(): Expirations
}

/** One call of a cached function, and what was found for it. */
interface Call<Args extends unknown[]> {
  readonly self: unknown
  /** As they are at the call: the function runs later, and a caller may go on with the same objects. */
  readonly args: GivenArguments<Args>
  readonly wanted: CachedKey
  readonly found: FoundValue
  /** When it began, or the page that it is made for: by the process' clock. */
  readonly begun: number
  /** When what is stored was looked at, or before, by the process' clock. */
  readonly readAt: number
  /** Whether its arguments may be what its page has loaded since then. Else whoever calls vouches for them. */
  readonly ofPage: boolean
  /** What of the store its request leaves out. */
  readonly bypass: Bypass
}

/** What a run of the function came to, for all who waited for it. */
export interface Made {
  readonly body: Buffer
  readonly dependency: Dependency
}

/** A run that is over for who called: it may still be being stored. */
interface Ran<Value> {
  readonly value: Value
  readonly storing: Promise<boolean>
}

/** A tag, and the head of its version. */
type Version = readonly [tag: string, head: Buffer]

/** Who may share a run. */
interface HowToRun {
  /** Of those who may. */
  readonly id?: string | undefined
  /** The run that was waited for in vain. */
  readonly instead?: SharedRun<Made> | undefined
  /** It is for the call alone, which would wait for itself otherwise. */
  readonly closesRing?: boolean
}

const NO_END: Expirations = { fresh: Infinity, revalidate: Infinity, onError: Infinity }
const NOT_STORED = Promise.resolve(false)

/** The calls of one cached function. */
export class CachedCalls<Args extends unknown[], Result> {
  readonly #rules: CallRules<Args>
  readonly #fn: (...args: Args) => Result
  readonly #host: CachedHost
  readonly #shared: SharedRuns<Made>

  /** @param shared the runs that calls of the same key may share */
  constructor(
    rules: CallRules<Args>,
    fn: (...args: Args) => Result,
    host: CachedHost,
    shared: SharedRuns<Made> = new SharedRuns(host.services.options.maxRender),
  ) {
    this.#rules = rules
    this.#fn = fn
    this.#host = host
    this.#shared = shared
  }

  async call(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#host.checkOpen()
    const { values, scope, page, untracked } = this.#host
    if (this.#rules.vary.length > 0 && this.#host.over) return this.#runUnknown(self, args)
    const bypass = untracked ? 'both' : this.#host.bypass
    if (bypass === 'both') return this.#runAlone(self, args)
    const ofPage = page !== undefined && !page.over
    const begun = ofPage ? page.startedAt : this.#now
    const readAt = this.#now
    const wanted = this.#rules.keyOf(args)
    const given = new GivenArguments(args)
    const ahead = bypass === 'read' ? undefined : await scope?.find(wanted.key)
    const found = ahead ?? (await this.#read(wanted, bypass))
    const hit = found.isGiven
    values.counter.count(wanted.name, ahead && hit ? 'preloadHits' : hit ? 'hits' : 'misses')
    const call = { self, args: given, wanted, found, begun, readAt, ofPage, bypass }
    if (!hit) return this.#miss(call)
    if (found.isDue && bypass === false) this.#renew(call)
    return this.#valueOf(call)
  }

  /** Reads what is stored; a request that leaves it out sees no more than what it would take the place of. */
  async #read(wanted: CachedKey, bypass: Bypass): Promise<FoundValue> {
    const [found] = (await this.#host.values.reader.read([wanted])) as [FoundValue]
    return bypass === 'read' ? found.asAbsent() : found
  }

  /** Runs the function for a request that does without the store. It gives what a hit would give. */
  async #runAlone(self: unknown, args: Args): Promise<Awaited<Result>> {
    const { values, services } = this.#host
    const wanted = this.#rules.callOf(args)
    values.counter.count(wanted.name, 'misses')
    const { dependencies } = services
    const closesRing = this.#closesRing(wanted.key, undefined)
    const run = new CachedRun(wanted.key, this.#now, dependencies.run, closesRing)
    const read = new Dependencies()
    const result = await run.settled(() => dependencies.collect(read, () => this.#fn.apply(self, args), run))
    dependencies.noteAll(read)
    const body = result === undefined ? undefined : await this.#encode(wanted, result)
    return body ? ((await values.codec.decode(body)) as Awaited<Result>) : result
  }

  /** Runs the function for a request that is not known: nothing that reads it is kept. */
  #runUnknown(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#host.services.dependencies.note(this.#dependencyOf([], NO_END, UNKNOWN_REQUEST))
    return this.#runAlone(self, args)
  }

  /** Whatever was kept: runs the function, and keeps what it gives. */
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
    const { value } = await this.#run(call, { closesRing: this.#closesRing(wanted.key, undefined) })
    return value
  }

  async invalidate(args: Args): Promise<void> {
    this.#host.checkOpen()
    const { services, values } = this.#host
    const { key, name } = this.#rules.keyOf(args)
    try {
      await services.store.stamp([{ key, kind: 'deleted', ttl: services.options.maxRender }], 'delete')
    } finally {
      values.scopes.changed(key)
    }
    services.events.emit({ type: 'delete', key, name })
  }

  /** By the process' clock. */
  get #now(): number {
    return this.#host.services.time.now()
  }

  /** By the store's clock. */
  #at(monotonic: number): number {
    return this.#host.services.store.at(monotonic)
  }

  /** What is kept is given; where it cannot be read it is made anew. */
  async #valueOf(call: Call<Args>): Promise<Awaited<Result>> {
    const { entry, until, madeWith } = call.found
    const { body, stamp } = entry as Entry
    const { services, values } = this.#host
    try {
      const value = (await values.codec.decode(body, stamp)) as Awaited<Result>
      services.dependencies.note(this.#dependencyOf(madeWith, until))
      return value
    } catch (cause) {
      values.unreadable(call.wanted.key, cause)
      return this.#miss({ ...call, found: call.found.asAbsent() })
    }
  }

  #dependencyOf(tags: readonly TagVersion[], until: Expirations, unsure?: string): Dependency {
    const { title, vary } = this.#rules
    return { title, tags, until, vary, unsure }
  }

  /**
   * Runs the function, or waits for who is running it; where that fails it runs for itself.
   * @param outdated a run that was waited for, and was of no use
   */
  async #miss(call: Call<Args>, outdated?: SharedRun<Made>): Promise<Awaited<Result>> {
    const { found, wanted } = call
    const { services, values } = this.#host
    const id = this.#idOf(call)
    const shared = id === undefined ? undefined : this.#findShared(id, call, outdated)
    const closesRing = this.#closesRing(wanted.key, shared)
    if (shared && !closesRing) {
      const made = await this.#join(shared, call)
      if (made && (made.dependency.tags.length === 0 || (await this.#isCurrent(made, call)))) {
        services.dependencies.note(made.dependency)
        return (await values.codec.decode(made.body)) as Awaited<Result>
      }
      // Once: where all is invalidated again and again no run would be good enough.
      if (made && !outdated) return this.#miss(call, shared)
    }
    try {
      const instead = shared ?? outdated
      const { value } = await this.#run(call, closesRing ? { closesRing } : { id, instead })
      return value
    } catch (cause) {
      const fallback = found.asFallback()
      if (!fallback) throw cause
      this.#reportFailure(wanted, cause)
      return this.#valueOf({ ...call, found: fallback })
    }
  }

  /** Finds a run to wait for. One that began before its key was changed is none, also where nothing shows that in the store. */
  #findShared(id: string, { wanted }: Call<Args>, outdated?: SharedRun<Made>): SharedRun<Made> | undefined {
    const shared = this.#shared.find(id, this.#now)
    if (!shared || shared === outdated) return undefined
    return this.#host.values.scopes.changedSince(shared.run.begun, wanted.key, []) ? undefined : shared
  }

  /**
   * Says whether what another call's run gave is made of nothing that was invalidated since: it may have read other functions,
   * whose tags this call has not seen.
   */
  async #isCurrent({ dependency: { tags } }: Made, { found }: Call<Args>): Promise<boolean> {
    const { services, page } = this.#host
    const context = newReadContext(services, page?.tripCounter)
    const { versions } = context
    const unread = tags.flatMap(([tag]) => (Buffer.isBuffer(found.versions.of(tag)) ? [] : [tag]))
    if (unread.length > 0) await readKeys([], unread, context, services)
    return tags.every(([tag, kept]) => found.versions.isKept(tag, kept) || versions.isKept(tag, kept))
  }

  /** Waits for another call's run, for `lockWait` at most. */
  #join({ run, made }: SharedRun<Made>, { ofPage }: Call<Args>): Promise<Made | undefined> {
    const { services, page } = this.#host
    const { options, time, dependencies } = services
    const waitBudget = (ofPage && page?.patience) || new WaitBudget(options.lockWait, time)
    const waiting = waitBudget.during((left) => within(Math.max(0, left), made, () => undefined, time))
    return dependencies.run?.during(run, waiting) ?? waiting
  }

  /**
   * Says whether a call would wait for a run that waits for this call. It then runs the function once more, for
   * itself: the code may belong to that run by mistake, as a callback of a pool that it has opened does.
   * @throws RecursionError inside of such a run
   */
  #closesRing(key: string, shared: SharedRun<Made> | undefined): boolean {
    const { keyPrefix, dependencies, events } = this.#host.services
    const caller = dependencies.run
    const ring = caller?.ringWith(key, shared?.run)
    if (!caller || !ring) return false
    const keys = [...ring.map((run) => run.key), key].map((one) => one.slice(keyPrefix.length))
    const error = new RecursionError(
      `${sentence(this.#rules.title)} is called while it runs with the same key: ${keys.join(' > ')}. Make the key of ` +
        'all that its result depends on, or end the recursion.',
    )
    if (caller.isInRing) throw error
    events.emit({ type: 'error', error, during: 'call', keys: [key] })
    return true
  }

  /** Once at a time in this process; over processes by the claims of fragments, where there are any. */
  #renew(call: Call<Args>): void {
    const { key } = call.wanted
    const { refreshes, claims } = this.#host.services
    if (!refreshes.begin(key, this.#now)) return
    const renew = async () => {
      const claim = claimOfStale(key, call.found.stamp as Buffer)
      let stored = false
      try {
        const [ours] = (await claims?.claim([claim])) ?? [true]
        if (!ours) return
        const { storing } = await this.#run(call)
        refreshes.succeeded(key)
        stored = await storing
      } catch (cause) {
        refreshes.failed(key)
        this.#reportFailure(call.wanted, cause)
      } finally {
        refreshes.end(key)
        await claims?.release([claim], () => stored)
      }
    }
    // The call that has found it stale does not wait for it.
    void this.#host.pending(this.#host.services.dependencies.apart(renew))
  }

  /** Runs the function as a run that others may know of. */
  #run(call: Call<Args>, { id, instead, closesRing = false }: HowToRun = {}): Promise<Ran<Awaited<Result>>> {
    const caller = this.#host.services.dependencies.run
    const run = new CachedRun(call.wanted.key, this.#now, caller, closesRing)
    const led = id === undefined ? undefined : this.#shared.lead(id, run, instead)
    const running = this.#runLed(call, run, led, closesRing)
    return caller?.during(run, running) ?? running
  }

  /** @param led how other calls are told of it; undefined: none shares it */
  async #runLed(
    call: Call<Args>,
    run: CachedRun,
    led: LedRun<Made> | undefined,
    closesRing: boolean,
  ): Promise<Ran<Awaited<Result>>> {
    const over = () => led?.end()
    let made: Made | undefined
    let storing: Promise<boolean> | undefined
    try {
      const { result, cost, dependency, isForOthers } = await run.settled(() =>
        this.#make(call, run, closesRing),
      )
      this.#host.services.dependencies.note(dependency)
      const body = result === undefined ? undefined : await this.#encode(call.wanted, result)
      if (!body) return { value: result, storing: NOT_STORED }
      const own = { body, dependency }
      if (isForOthers) made = own
      storing = skipsWrite(call.bypass) ? NOT_STORED : this.#store(call, own, cost)
      const value = (await this.#host.values.codec.decode(body)) as Awaited<Result>
      return { value, storing }
    } catch (error) {
      // Each call that waited would come upon the same ring, by a way of its own.
      if (isRecursion(error)) led?.fail(error)
      throw error
    } finally {
      led?.settle(made)
      // Until it is stored others find nothing, and join.
      if (storing) void this.#host.pending(storing.then(over, over))
      else over()
    }
  }

  /** Runs the function, and notes what it reads of others. */
  async #make(
    call: Call<Args>,
    run: CachedRun,
    closesRing: boolean,
  ): Promise<{ result: Awaited<Result>; cost: number; dependency: Dependency; isForOthers: boolean }> {
    const { services } = this.#host
    const versions = await this.#versionsOf(call)
    const read = new Dependencies()
    const begun = this.#now
    const args = call.args.take()
    const result = await services.dependencies.collect(read, () => this.#fn.apply(call.self, args), run)
    const keyChanged = this.#keyChanged(call.wanted, call.args.keyed)
    const cost = this.#now - begun
    const tags = new Map(versions?.map(([tag]) => [tag, call.found.versions.kept(tag) as Buffer]))
    // All of them, whatever else there is to say: who waits for the result asks whether they are as they were.
    const unsureInside = read.collectTags(tags)
    const unsure =
      (closesRing ? 'it was called while it ran with the same key' : undefined) ??
      keyChanged ??
      (versions ? this.#changed(call, versions) : 'the versions of its tags could not be read') ??
      read.unsharedBy(this.#rules.vary) ??
      unsureInside
    const now = this.#host.services.store.now()
    const { fresh, revalidate, onError } = read.shorten(this.#rules.newEnds(), now)
    const until = { fresh: now + fresh, revalidate: now + revalidate, onError: now + onError }
    const isForOthers = keyChanged === undefined
    return { result, cost, dependency: this.#dependencyOf([...tags], until, unsure), isForOthers }
  }

  /** Why a result may not be what its key says: made once more of the same arguments, it is another one. */
  #keyChanged(wanted: CachedKey, args: Args): string | undefined {
    let now: string | undefined
    try {
      now = this.#rules.callOf(args).key
    } catch {
      // What was a part is none any more.
    }
    if (now !== undefined && isVariantOf(wanted.key, now)) return undefined
    const why = 'what its key was made of was changed while it ran'
    const error = new KeyPartError(
      `${this.#rules.title}: ${why}, so that its result is not stored. Give each call objects of its own.`,
    )
    this.#host.services.events.emit({ type: 'error', error, during: 'call', keys: [wanted.key] })
    return why
  }

  /** Why its arguments may be older than what was invalidated or deleted since. */
  #changed({ found, begun, ofPage }: Call<Args>, versions: readonly Version[]): string | undefined {
    if (!ofPage) return undefined
    const start = this.#at(begun)
    if (Buffer.isBuffer(found.stamp) && isChangedSince(start, found.stamp))
      return 'it was deleted or stored after the page began'
    const tag = versions.find(([, version]) => isInvalidatedSince(start, version))
    return tag && `its tag "${tag[0]}" was invalidated after the page began`
  }

  async #encode(wanted: CachedKey, result: unknown): Promise<Buffer | undefined> {
    const { services, values } = this.#host
    try {
      return await values.codec.encode(result, this.#rules.serializer)
    } catch (cause) {
      const why = messageOf(cause)
      const error = new OptionError(`What ${this.#rules.title} gave cannot be kept: ${why}`, { cause })
      services.events.emit({ type: 'error', error, during: 'serialize', keys: [wanted.key] })
      return undefined
    }
  }

  async #store(
    { wanted, found: { stamp }, begun, readAt }: Call<Args>,
    { body, dependency: { tags, until: lives, unsure } }: Made,
    cost: number,
  ): Promise<boolean> {
    const { services, values } = this.#host
    const now = this.#host.services.store.now()
    const ends = {
      fresh: lives.fresh - now,
      revalidate: lives.revalidate - now,
      onError: lives.onError - now,
    }
    if (unsure !== undefined || stamp instanceof Error || !(ends.fresh >= 1)) return false
    const { clears } = services
    const start = this.#at(begun)
    if (clears.refusal(start) !== undefined) return false
    // Whoever has read it ahead sees it from now on: it does not wait for the store.
    if (!values.scopes.changedSince(readAt, wanted.key, tags))
      values.wrote(wanted.key, body, wanted.name, { tags, until: lives })
    await clears.refresh()
    if (clears.refusal(start) !== undefined) return false
    const value = { key: wanted.key, body, ends, cost, tags, ifStamp: stamp, notAfter: clears.until(start) }
    const [stored] = await values.writer.write([value], 'write value')
    return stored === true
  }

  /** The versions of its tags, made where they are absent: before the function loads anything. `undefined`: not known. */
  async #versionsOf({ wanted: { tags }, found: { versions } }: Call<Args>): Promise<Version[] | undefined> {
    if (tags.length === 0) return []
    const { services } = this.#host
    const context = newReadContext(services, this.#host.page?.tripCounter)
    await ensureVersions(tags, { ...context, versions }, services)
    const known = tags.map((tag) => [tag, versions.of(tag)] as const)
    return known.every(([, version]) => Buffer.isBuffer(version)) ? (known as Version[]) : undefined
  }

  /** Of those who may share a run. `undefined`: nobody may, as what it gives cannot be stored. */
  #idOf(call: Call<Args>): string | undefined {
    const { key, stamp, versions, entry } = call.found
    if (call.bypass !== false || stamp instanceof Error || this.#host.services.options.singleFlight === 'off')
      return undefined
    const known = call.wanted.tags.flatMap((tag) => {
      const version = versions.of(tag)
      return Buffer.isBuffer(version) ? [[tag, version] as const] : []
    })
    const { clears } = this.#host.services
    if (this.#changed(call, known) !== undefined) return undefined
    if (clears.refusal(this.#at(call.begun)) !== undefined) return undefined
    return `${clears.generation} ${key}\n${entry === undefined}\n${stamp ? stamp.toString('latin1') : ''}\n${versions.digest}`
  }

  #reportFailure(wanted: CachedKey, cause: unknown): void {
    const why = messageOf(cause)
    const error = new RenderError(`${sentence(this.#rules.title)} failed, and gave what was kept: ${why}`, {
      cause,
    })
    this.#host.services.events.emit({ type: 'error', error, during: 'renew', keys: [wanted.key] })
  }
}

/** A title at the beginning of a sentence. */
function sentence(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`
}
