import { AsyncContext } from '../async-context.ts'
import type { Expirations } from '../entry/lifetime.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import type { CachedRun } from '../values/cached-run.ts'

/**
 * A cached result that was read. What is made of it has its tags, and expires with it at the
 * latest.
 */
export interface Dependency {
  /** Name for messages. */
  readonly title: string
  readonly tags: readonly TagVersion[]
  /** When it expires, by the store's clock. */
  readonly until: Expirations
  /** Names of the option `vary` that its key has. */
  readonly vary: readonly string[]
  /** Reason not to store what is made of it. */
  readonly unsure?: string | undefined
}

/** The cached results that were read while something was made. */
export class Dependencies {
  /** The innermost run of a cached function that the code belongs to. */
  run: CachedRun | undefined
  readonly #all = new Set<Dependency>()

  get empty(): boolean {
    return this.#all.size === 0
  }

  add(dependency: Dependency): void {
    this.#all.add(dependency)
  }

  addAll(other: Dependencies): void {
    for (const one of other.#all) this.#all.add(one)
  }

  /**
   * Adds the versions of all tags.
   * @returns why what was made may be older than they are
   */
  collectTags(into: Map<string, Buffer>): string | undefined {
    let why: string | undefined
    for (const { title, tags, unsure } of this.#all) {
      if (unsure !== undefined) why ??= `${title} that it shows is not stored: ${unsure}`
      for (const [tag, version] of tags) {
        const known = into.get(tag)
        if (!known) into.set(tag, version)
        else if (!known.equals(version)) why ??= `the tag "${tag}" of ${title} was invalidated meanwhile`
      }
    }
    return why
  }

  /** Returns expirations no later than those of what was read. @param now by the store's clock */
  shorten(ends: Expirations, now: number): Expirations {
    let { fresh, revalidate, onError } = ends
    for (const { until } of this.#all) {
      fresh = Math.min(fresh, until.fresh - now)
      revalidate = Math.min(revalidate, until.revalidate - now)
      onError = Math.min(onError, until.onError - now)
    }
    return { fresh, revalidate: Math.max(fresh, revalidate), onError: Math.max(fresh, onError) }
  }

  /**
   * Returns why the result is not the same for all who would find it; undefined if it is.
   * @param varies names that its key differs by
   */
  unsharedBy(varies: readonly string[]): string | undefined {
    for (const { title, vary } of this.#all) {
      const missing = vary.filter((name) => !varies.includes(name))
      if (missing.length > 0) {
        return `it shows ${title}, which varies by ${missing.join(', ')}: it has to name that in its own vary, too`
      }
    }
    return undefined
  }
}

/** Notes the cached results that code reads, however deep in it the call stands. */
export class DependencyTracker {
  #storage: AsyncContext<Dependencies> | undefined
  /** Reads of code that began before this, in ms of the process' clock, may not have been noted. */
  startedAt = Number.NEGATIVE_INFINITY

  /**
   * Starts to note reads, which costs something for each request.
   * @param now by the process' clock: pages may be under way
   */
  start(now: number): void {
    if (this.#storage) return
    this.#storage = new AsyncContext()
    this.startedAt = now
  }

  /**
   * Runs a function, and notes what it and all that it starts read.
   * @param run given if it is the function of this run
   */
  collect<T>(into: Dependencies, fn: () => T, run: CachedRun | undefined = this.run): T {
    into.run = run
    return this.#storage ? this.#storage.run(into, fn) : fn()
  }

  /** Notes reads of code that ran within the running code. */
  noteAll(read: Dependencies): void {
    this.#storage?.value?.addAll(read)
  }

  /** Runs a function that is not part of the running code: its reads are not noted. */
  apart<T>(fn: () => T): T {
    return this.#storage ? this.#storage.run(new Dependencies(), fn) : fn()
  }

  /** The run of a cached function that the running code belongs to; undefined if it is over. */
  get run(): CachedRun | undefined {
    const run = this.#storage?.value?.run
    return run?.isOver ? undefined : run
  }

  note(dependency: Dependency): void {
    this.#storage?.value?.add(dependency)
  }
}
