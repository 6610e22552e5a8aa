import { AsyncLocalStorage } from 'node:async_hooks'
import type { Expirations } from '../entry/lifetime.ts'
import type { TagVersion } from '../tags/tag-versions.ts'
import type { CachedRun } from '../values/cached-run.ts'

/**
 * A cached function's result that was read: what is made of it takes over its tags, and lives no
 * longer.
 */
export interface Dependency {
  /** How a message names it. */
  readonly title: string
  readonly tags: readonly TagVersion[]
  /** Until when it may be shown, by the store's clock. */
  readonly until: Expirations
  /** Names of the option `vary` that it differs by. */
  readonly vary: readonly string[]
  /** Why what is made of it cannot be kept. */
  readonly unsure?: string | undefined
}

/** What was read while something was made. */
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
   * Notes the versions of all tags.
   * @returns why they do not vouch for what was made
   */
  collectTags(into: Map<string, Buffer>): string | undefined {
    let why: string | undefined
    for (const { title, tags, unsure } of this.#all) {
      if (unsure !== undefined) why ??= `${title} that it shows is not kept: ${unsure}`
      for (const [tag, version] of tags) {
        const known = into.get(tag)
        if (!known) into.set(tag, version)
        else if (!known.equals(version)) why ??= `the tag "${tag}" of ${title} was invalidated meanwhile`
      }
    }
    return why
  }

  /** No longer than what was read. @param now by the store's clock */
  shorten(ends: Expirations, now: number): Expirations {
    let { fresh, revalidate, onError } = ends
    for (const { until } of this.#all) {
      fresh = Math.min(fresh, until.fresh - now)
      revalidate = Math.min(revalidate, until.revalidate - now)
      onError = Math.min(onError, until.onError - now)
    }
    return { fresh, revalidate: Math.max(fresh, revalidate), onError: Math.max(fresh, onError) }
  }

  /** Why it is not the same for all that read what was made. @param varies what that differs by */
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

/** Notes what the code that runs reads of cached functions, however deep in it the call stands. */
export class DependencyTracker {
  #storage: AsyncLocalStorage<Dependencies> | undefined
  /** Of what began before this, by the process' clock, not all that it read was noted. */
  startedAt = Number.NEGATIVE_INFINITY

  /**
   * Notes from now on what is read, which costs something for each request.
   * @param now by the process' clock: pages may be under way
   */
  start(now: number): void {
    if (this.#storage) return
    this.#storage = new AsyncLocalStorage()
    this.startedAt = now
  }

  /**
   * Runs a function, and notes what it, and all that it starts, reads.
   * @param run given where it is the function of this run
   */
  collect<T>(into: Dependencies, fn: () => T, run: CachedRun | undefined = this.run): T {
    into.run = run
    return this.#storage ? this.#storage.run(into, fn) : fn()
  }

  /** Notes what was read by what was run within the code that runs. */
  noteAll(read: Dependencies): void {
    this.#storage?.getStore()?.addAll(read)
  }

  /** Runs a function that is nobody's call: what it reads is not noted. */
  apart<T>(fn: () => T): T {
    return this.#storage ? this.#storage.run(new Dependencies(), fn) : fn()
  }

  /**
   * The run of a cached function that the running code belongs to. One that is over waits for
   * nothing.
   */
  get run(): CachedRun | undefined {
    const run = this.#storage?.getStore()?.run
    return run?.isOver ? undefined : run
  }

  note(dependency: Dependency): void {
    this.#storage?.getStore()?.add(dependency)
  }
}
