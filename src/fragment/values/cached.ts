import type { Duration } from '../../duration.ts'
import { KeyPartError, messageOf, OptionError, RenderError } from '../../errors.ts'
import { AS_LAZY, type Lazy, lazy } from '../../template/template-engine.ts'
import { Deadline } from '../deadline.ts'
import { createVersions } from '../fetch-keys.ts'
import { fragmentKey } from '../fragment-key.ts'
import { type Ends, readGrace, readTtl, spread } from '../life.ts'
import type { Page } from '../page.ts'
import type { Services } from '../services.ts'
import { problemOf, type TagVersion } from '../tags.ts'
import type { Scope } from './scope.ts'
import { readSerializer, type Serializer, type SerializerName } from './serializer.ts'
import { cachedPrefix } from './value-key.ts'
import type { FoundValue, Wanted } from './value-reader.ts'
import type { Values } from './values.ts'

/** How the results of a function are kept. */
export interface CachedOptions<Args extends readonly unknown[]> {
  /** The parts of the key, of the arguments. Default: the arguments themselves, which must have a stable form. */
  readonly key?: ((...args: Args) => readonly unknown[] | unknown) | undefined
  /** How long a result is fresh. `0`: it is not stored; `'forever'`: without end. Default: the cache's ttl. */
  readonly ttl?: Duration | undefined
  /** `invalidate()` of one of them makes a result absent. A list, or a function of the arguments. Default: none. */
  readonly tags?: readonly string[] | ((...args: Args) => readonly string[]) | undefined
  /** Names of the cache's option `vary` that a result differs by, beside its key. Needs a request. Default: none. */
  readonly vary?: readonly string[] | undefined
  /**
   * How long after its ttl a result is still given, at once, while the function runs anew behind it; and given where it
   * throws. Default: the cache's `staleWhileRevalidate` and `staleIfError`.
   */
  readonly stale?: Duration | undefined
  /** Default: the cache's. */
  readonly serializer?: SerializerName | Serializer | undefined
}

/** The key of one call of a cached function: what `preload` takes. */
export interface CachedKey extends Wanted {
  readonly name: string
}

/**
 * A function whose results are kept. It answers what the serializer keeps of a result, whether it was found or made anew, and
 * never fails for the store. Runs once at a time for each key.
 */
export interface CachedFunction<Args extends unknown[], Result> {
  (...args: Args): Promise<Result>
  /** The key of a call, for `preload`. @throws KeyPartError */
  key(...args: Args): CachedKey
  /** Runs the function, and keeps what it gives, whatever was kept before. @throws what the function throws */
  refresh(...args: Args): Promise<Result>
  /** Deletes what is kept of one call. @throws KeyPartError, StoreError as `FragmentCache#delete` does */
  invalidate(...args: Args): Promise<void>
  /** Deletes what is kept of all calls; of those in the store now. @throws StoreError */
  clear(): Promise<void>
  /** The call as a lazy value: what a template reads of it is loaded with all that it needs. */
  lazy(...args: Args): Lazy<Result>
}

/** What a cached function needs of its cache. */
export interface CachedHost {
  readonly services: Services
  readonly values: Values
  readonly scope: Scope | undefined
  readonly page: Page | undefined
  checkOpen(): void
  /** Keeps `settled()` and `close()` waiting. */
  pending(work: Promise<void>): Promise<void>
}

/** What a run of the function came to, for all who waited for it. */
interface Made {
  readonly body: Buffer
}

const OPTIONS = ['key', 'ttl', 'tags', 'vary', 'stale', 'serializer']

/** @throws OptionError, DurationError */
export function cachedFunction<Args extends unknown[], Result>(
  name: string,
  options: CachedOptions<Args>,
  fn: (...args: Args) => Result,
  host: CachedHost,
): CachedFunction<Args, Awaited<Result>> {
  const one = new Cached(name, options, fn, host)
  const cached = function (this: unknown, ...args: Args) {
    return one.call(this, args)
  }
  const methods = {
    key: (...args: Args) => one.wanted(args),
    refresh: (...args: Args) => one.refresh(undefined, args),
    invalidate: (...args: Args) => one.invalidate(args),
    clear: () => one.clear(),
    lazy: (...args: Args) => lazy(() => one.call(undefined, args)),
  }
  Object.defineProperty(cached, 'name', { value: name })
  Object.defineProperty(cached, AS_LAZY, {
    value: (...args: Args) => ({ key: one.wanted(args).key, lazy: methods.lazy(...args) }),
  })
  return Object.assign(cached, methods) as unknown as CachedFunction<Args, Awaited<Result>>
}

class Cached<Args extends unknown[], Result> {
  readonly #name: string
  readonly #fn: (...args: Args) => Result
  readonly #host: CachedHost
  readonly #options: CachedOptions<Args>
  readonly #ttl: number
  readonly #serializer: Serializer | undefined
  readonly #graces: { readonly revalidate: number; readonly onError: number }
  /** By what was seen: same key, same head, same versions. */
  readonly #running = new Map<string, Promise<Made | undefined>>()

  constructor(name: string, options: CachedOptions<Args>, fn: (...args: Args) => Result, host: CachedHost) {
    refuseWrong(name, options, fn)
    this.#name = name
    this.#fn = fn
    this.#host = host
    this.#options = options
    const { services, values } = host
    const { ttl, stale, serializer } = options
    const title = `of the cached function "${name}"`
    const own = ttl === undefined ? services.options.ttl : readTtl(ttl, () => `The ttl ${title}`)
    if (own === undefined)
      throw new OptionError(
        `The cached function "${name}" has no ttl: pass one, such as { ttl: '5m' }, or give the cache one.`,
      )
    this.#ttl = own
    const grace = stale === undefined ? undefined : readGrace(stale, () => `The stale ${title}`)
    this.#graces = {
      revalidate: grace ?? services.options.staleWhileRevalidate,
      onError: grace ?? services.options.staleIfError,
    }
    this.#serializer = serializer && values.codec.knows(readSerializer(serializer, `The serializer ${title}`))
  }

  async call(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#host.checkOpen()
    const wanted = this.wanted(args)
    const { values, scope } = this.#host
    const ahead = await scope?.find(wanted.key)
    const found = ahead ?? ((await values.reader.read([wanted]))[0] as FoundValue)
    const { state } = found
    const isHit = state === 'fresh' || state === 'early' || state === 'stale'
    values.counter.count(this.#name, ahead && isHit ? 'preloadHits' : isHit ? 'hits' : 'misses')
    if (!isHit) return this.#miss(self, args, wanted, found)
    if (state !== 'fresh') this.#renew(self, args, wanted, found)
    return this.#valueOf(found, self, args, wanted)
  }

  /** @throws KeyPartError */
  wanted(args: Args): CachedKey {
    const { key: keyOf, tags = [], vary = [] } = this.#options
    const parts = keyOf ? keyOf(...args) : args
    const prefix = cachedPrefix(this.#host.services.keyPrefix)
    const key = fragmentKey(prefix, this.#name, Array.isArray(parts) ? parts : [parts]) + this.#suffix(vary)
    return { name: this.#name, key, tags: this.#tagsOf(typeof tags === 'function' ? tags(...args) : tags) }
  }

  /** Whatever was kept: runs the function, and keeps what it gives. */
  async refresh(self: unknown, args: Args): Promise<Awaited<Result>> {
    this.#host.checkOpen()
    const wanted = this.wanted(args)
    const [found] = (await this.#host.values.reader.read([wanted])) as [FoundValue]
    return this.#run(self, args, wanted, found)
  }

  async invalidate(args: Args): Promise<void> {
    this.#host.checkOpen()
    const { services, values } = this.#host
    const { key } = this.wanted(args)
    try {
      await services.recovery.apply([{ key, kind: 'deleted', ttl: services.options.maxRender }], 'delete')
    } finally {
      values.scopes.changed(key)
    }
  }

  async clear(): Promise<void> {
    this.#host.checkOpen()
    const prefix = cachedPrefix(this.#host.services.keyPrefix)
    const all = fragmentKey(prefix, this.#name, [])
    await this.#host.values.clearStored(all)
  }

  /** What is kept is given; where it cannot be read it is made anew. */
  async #valueOf(found: FoundValue, self: unknown, args: Args, wanted: CachedKey): Promise<Awaited<Result>> {
    const { codec } = this.#host.values
    try {
      return (await codec.decode(found.body as Buffer, found.whole)) as Awaited<Result>
    } catch (cause) {
      this.#host.values.unreadable(wanted.key, cause)
      return this.#miss(self, args, wanted, { ...found, state: 'absent' })
    }
  }

  /** Runs the function, or waits for who is running it; where that fails it runs for itself. */
  async #miss(self: unknown, args: Args, wanted: CachedKey, found: FoundValue): Promise<Awaited<Result>> {
    const id = this.#idOf(found)
    const running = id === undefined ? undefined : this.#running.get(id)
    if (running) {
      const made = await running
      if (made) return (await this.#host.values.codec.decode(made.body)) as Awaited<Result>
    }
    try {
      return await this.#run(self, args, wanted, found, id)
    } catch (cause) {
      if (found.state !== 'fallback') throw cause
      this.#reportFailure(wanted, cause)
      return this.#valueOf({ ...found, state: 'stale' }, self, args, wanted)
    }
  }

  /** Once at a time in this process; over processes by the claims of fragments, where there are any. */
  #renew(self: unknown, args: Args, wanted: CachedKey, found: FoundValue): void {
    const { refreshes, claims } = this.#host.services
    if (!refreshes.begin(wanted.key, performance.now())) return
    const renew = async () => {
      const head = found.head as Buffer
      const claim = { key: wanted.key, head, id: `${wanted.key} ${head.toString('latin1')}` }
      let stored = false
      try {
        const [ours] = (await claims?.claim([claim])) ?? [true]
        if (!ours) return
        await this.#run(self, args, wanted, found)
        stored = true
        refreshes.succeeded(wanted.key)
      } catch (cause) {
        refreshes.failed(wanted.key)
        this.#reportFailure(wanted, cause)
      } finally {
        refreshes.end(wanted.key)
        await claims?.release([claim], () => stored)
      }
    }
    void this.#host.pending(renew())
  }

  /** @param id of those who may wait for it */
  async #run(
    self: unknown,
    args: Args,
    wanted: CachedKey,
    found: FoundValue,
    id?: string,
  ): Promise<Awaited<Result>> {
    const { services, values } = this.#host
    let settle: (made: Made | undefined) => void = () => {}
    if (id !== undefined && !this.#running.has(id)) {
      const running = new Promise<Made | undefined>((resolve) => {
        settle = resolve
      })
      this.#running.set(id, running)
    } else {
      id = undefined
    }
    let made: Made | undefined
    let storing: Promise<void> | undefined
    try {
      const start = services.clock.at(performance.now())
      const tags = await this.#versionsOf(wanted, found)
      const begun = performance.now()
      const result = await this.#fn.apply(self, args)
      const cost = performance.now() - begun
      if (result === undefined) return result as Awaited<Result>
      const body = await this.#encode(wanted, result)
      if (!body) return result as Awaited<Result>
      made = { body }
      storing = this.#store(wanted, found, body, cost, tags, start)
      return (await values.codec.decode(body)) as Awaited<Result>
    } finally {
      settle(made)
      const over = () => {
        if (id !== undefined) this.#running.delete(id)
      }
      // Until it is stored others find nothing, and join.
      if (storing) void this.#host.pending(storing.then(over, over))
      else over()
    }
  }

  async #encode(wanted: CachedKey, result: unknown): Promise<Buffer | undefined> {
    const { services, values } = this.#host
    try {
      return await values.codec.encode(result, this.#serializer)
    } catch (cause) {
      const why = messageOf(cause)
      const error = new OptionError(`What the cached function "${this.#name}" gave cannot be kept: ${why}`, {
        cause,
      })
      services.events.emit({ type: 'error', error, during: 'serialize', keys: [wanted.key] })
      return undefined
    }
  }

  async #store(
    wanted: CachedKey,
    { head }: FoundValue,
    body: Buffer,
    cost: number,
    tags: readonly TagVersion[] | undefined,
    start: number,
  ): Promise<void> {
    const { services, values } = this.#host
    if (this.#ttl === 0 || !tags || head instanceof Error || Number.isNaN(start)) return
    const fresh = spread(this.#ttl, services.options.jitter)
    const ends: Ends = {
      fresh,
      revalidate: fresh + this.#graces.revalidate,
      onError: fresh + this.#graces.onError,
    }
    const until = start + services.options.maxRender
    const value = { key: wanted.key, body, ends, cost, tags, only: head, until }
    // Whoever has read it ahead sees it from now on: it does not wait for the store.
    values.wrote(wanted.key, body, this.#name)
    await values.writer.write([value], 'write value')
  }

  /** The versions of its tags, made where they are absent: before the function loads anything. `undefined`: not known. */
  async #versionsOf({ tags }: CachedKey, { versions }: FoundValue): Promise<TagVersion[] | undefined> {
    if (tags.length === 0) return []
    const { services } = this.#host
    const absent = tags.filter((tag) => versions.of(tag) === null)
    if (absent.length > 0) {
      await createVersions(absent, { versions, deadline: new Deadline(services.options.timeout) }, services)
    }
    const known = tags.map((tag) => [tag, versions.of(tag)] as const)
    return known.every(([, version]) => Buffer.isBuffer(version)) ? (known as TagVersion[]) : undefined
  }

  #idOf({ key, head, versions, state }: FoundValue): string | undefined {
    if (head instanceof Error || this.#host.services.options.singleFlight === 'off') return undefined
    return `${key}\n${state === 'absent'}\n${head ? head.toString('latin1') : ''}\n${versions.digest}`
  }

  #reportFailure(wanted: CachedKey, cause: unknown): void {
    const why = messageOf(cause)
    const error = new RenderError(
      `The cached function "${this.#name}" failed, and gave what was kept: ${why}`,
      { cause },
    )
    this.#host.services.events.emit({ type: 'error', error, during: 'renew', keys: [wanted.key] })
  }

  #suffix(vary: readonly string[]): string {
    if (vary.length === 0) return ''
    const { page } = this.#host
    if (page) return page.suffixOf(vary, `The cached function "${this.#name}"`)
    throw new KeyPartError(
      `The cached function "${this.#name}" varies by ${vary.join(', ')}, which needs a request: call it while one is served.`,
    )
  }

  #tagsOf(tags: readonly string[]): readonly string[] {
    const problem = Array.isArray(tags) ? tags.map(problemOf).find(Boolean) : 'is no list'
    if (problem)
      throw new OptionError(`A tag of the cached function "${this.#name}" ${problem}: tags are texts.`)
    return tags
  }
}

function refuseWrong(name: unknown, options: unknown, fn: unknown): void {
  const usage =
    "cached(name, { key, ttl, tags }, fn), such as cached('feed', { ttl: '5m' }, (id) => db.feed(id))"
  if (typeof name !== 'string' || name === '')
    throw new OptionError(`${usage}: the name is a text, which tells it from other functions.`)
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`${usage}: the options of "${name}" are missing.`)
  if (typeof fn !== 'function') throw new OptionError(`${usage}: "${name}" has no function.`)
  const unknown = Object.keys(options).find((one) => !OPTIONS.includes(one))
  if (unknown !== undefined)
    throw new OptionError(`cached() has no option "${unknown}"; it takes: ${OPTIONS.join(', ')}.`)
  const { key, vary = [] } = options as CachedOptions<never>
  if (key !== undefined && typeof key !== 'function')
    throw new OptionError(
      `cached(): the key of "${name}" is a function of the arguments that gives the parts.`,
    )
  if (!Array.isArray(vary))
    throw new OptionError(`cached(): the vary of "${name}" is a list of names, such as ['locale'].`)
}
