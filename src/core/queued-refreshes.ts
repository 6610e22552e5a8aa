import type { DefinedSource } from '../engines/defined-call.ts'
import { messageOf, RenderError } from '../errors.ts'
import type { CacheHost } from './cache-host.ts'
import type { FragmentCall } from './definition/call-text.ts'
import type { DefinedFragment } from './definition/define-fragment.ts'
import { FragmentTasks } from './definition/fragment-tasks.ts'
import { type Params, partsOf } from './definition/params.ts'
import { MOST_INVALIDATED, type RefreshTask, type ScheduledRefresh } from './definition/refresh-queue.ts'
import { encodeVary, fragmentKey } from './key/fragment-key.ts'
import type { CurrentPage } from './page-context.ts'
import { namesOf } from './tags/tag-versions.ts'
import type { WarmOptions, WarmResult } from './warm/warm-options.ts'
import { hotTargets, type WarmParams } from './warm/warm-targets.ts'

type Host = Pick<CacheHost<CurrentPage>, 'services' | 'pending' | 'tasks'>

/** Renders fragments for tasks of the queue. */
export interface TaskRenderer {
  /** @param due stamp of the entry that was found due */
  refresh(fragment: DefinedSource, due: string): Promise<unknown>
  warm(name: string, params: WarmParams<Params>, options: WarmOptions): Promise<WarmResult>
}

/**
 * The refreshes of a cache that its queue carries: those that pages found due, those after an
 * invalidation, and those on a schedule. Nothing here rejects: events report what fails.
 */
export class QueuedRefreshes {
  readonly #host: Host
  readonly #renderer: TaskRenderer

  constructor(host: Host, renderer: TaskRenderer) {
    this.#host = host
    this.#renderer = renderer
    const { options, time } = host.services
    const { queue, definitions } = options.fragments
    if (!queue) return
    const handlers = {
      refresh: (task: RefreshTask) => this.#run(task),
      scheduled: (run: ScheduledRefresh) => this.#runSchedule(run),
      failed: (cause: unknown, what: string, key?: string) =>
        this.#report('queue', `The queue did not take ${what}`, cause, key),
    }
    host.tasks = new FragmentTasks(queue, options.prefix, handlers, time)
    for (const fragment of definitions.all)
      if (fragment.refresh.schedule) void host.pending(host.tasks.schedule(fragment))
  }

  /**
   * Adds tasks for what was invalidated, as far as visitors ask for it. Never rejects.
   * @param tags by the names that they are known by
   */
  async refreshInvalidated(tags: readonly string[]): Promise<void> {
    const { tasks, services } = this.#host
    const { definitions, hot } = services.options.fragments
    if (!tasks || !hot) return
    for (const fragment of definitions.all) {
      if (!fragment.refresh.invalidated) continue
      try {
        // A queue that is down would be waited for again with each of them.
        for await (const call of hotTargets(fragment.name, MOST_INVALIDATED, hot))
          if (hasOneOf(tags, fragment, call.params) && !(await this.#addTask(fragment, call, tasks))) return
      } catch (cause) {
        this.#report('invalidate', `The fragment "${fragment.name}" was not refreshed at once`, cause)
      }
    }
  }

  /** @returns false if the queue did not take it */
  #addTask(
    { name, place }: DefinedFragment,
    { params, vary }: FragmentCall,
    tasks: FragmentTasks,
  ): Promise<boolean> {
    const { keyPrefix, options } = this.#host.services
    const key = fragmentKey(keyPrefix, name, partsOf(params), place) + encodeVary(Object.entries(vary))
    return tasks.add(key, { name, params, vary, perVisitor: false, release: options.release, stamp: '' })
  }

  /** Runs a task of the queue. Never rejects: events report what fails. */
  async #run({ name, params, vary, perVisitor, release, stamp }: RefreshTask): Promise<void> {
    if (release !== this.#host.services.options.release) return
    try {
      await this.#renderer.refresh({ name, params, vary, perVisitor }, stamp)
    } catch (cause) {
      this.#report('refresh', `The fragment "${name}" could not be refreshed`, cause)
    }
  }

  /** Runs a schedule. Never rejects. */
  async #runSchedule({ name }: ScheduledRefresh): Promise<void> {
    const { options } = this.#host.services
    const title = `The schedule of the fragment "${name}"`
    try {
      const { schedule = {} } = options.fragments.definitions.of(name, title).refresh
      const { hot, vary, rate, params = [{}] } = schedule
      const listed = hot === undefined ? await (typeof params === 'function' ? params() : params) : { hot }
      const given = { force: true, rate, vary } as WarmOptions
      const { errors, failed } = await this.#renderer.warm(name, listed as WarmParams<Params>, given)
      if (failed > 0) this.#report('refresh', `${title}: ${failed} of its fragments failed`, errors[0]?.error)
    } catch (cause) {
      this.#report('refresh', title, cause)
    }
  }

  #report(during: string, what: string, cause: unknown, key?: string): void {
    const error = new RenderError(`${what}: ${messageOf(cause)}`, { cause })
    this.#host.services.events.emit({ type: 'error', error, during, keys: key === undefined ? [] : [key] })
  }
}

function hasOneOf(tags: readonly string[], { options }: DefinedFragment, params: Params): boolean {
  const own = typeof options.tags === 'function' ? options.tags(params) : (options.tags ?? [])
  return namesOf(own).some((tag) => tags.includes(tag))
}
