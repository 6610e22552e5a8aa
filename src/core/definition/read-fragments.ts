import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { DefinedFragment } from './define-fragment.ts'
import { Definitions } from './definitions.ts'
import type { HotFragments } from './hot-fragments.ts'
import type { RefreshQueue } from './refresh-queue.ts'

/**
 * The defined fragments of a cache.
 * @example fragments: { define: [sidebar, menu] }
 */
export interface FragmentsOptions {
  /**
   * The results of `defineFragment()`.
   * @defaultValue none
   */
  readonly define?: readonly DefinedFragment<never>[] | undefined
  /**
   * Carries refreshes to workers: a `TaskQueue` of `onetrip/queue`. It stays open when the cache is
   * closed.
   * @defaultValue none: fragments are refreshed by the process that finds them due
   */
  readonly queue?: RefreshQueue | undefined
  /**
   * Counts what visitors ask for: a `RedisHotFragments` of `onetrip/hot`. It stays open when the
   * cache is closed.
   * @defaultValue none
   */
  readonly hot?: HotFragments | undefined
}

/** Members of the group `fragments`. */
export const FRAGMENTS_MEMBERS = [
  'define',
  'queue',
  'hot',
] as const satisfies readonly (keyof FragmentsOptions)[]

/** The option `fragments`, checked. */
export interface ResolvedFragments {
  readonly definitions: Definitions
  readonly queue: RefreshQueue | undefined
  readonly hot: HotFragments | undefined
}

/**
 * Reads the option `fragments`; an array is its `define`.
 * @param rules of the cache that fragments rely on
 * @throws OptionError
 */
export function readFragments(value: unknown = [], rules: FragmentRules): ResolvedFragments {
  const {
    define = [],
    queue,
    hot,
  }: FragmentsOptions = Array.isArray(value) ? { define: value } : readGroup(value)
  if (!Array.isArray(define)) {
    throw new OptionError(
      `The option fragments.define must be an array of what defineFragment() returned, not ${show(define)}.`,
    )
  }
  const names = new Set<string>()
  for (const fragment of define as readonly unknown[]) {
    if (!(fragment instanceof DefinedFragment)) throw refused(fragment)
    checkRules(fragment, rules)
    checkNeeds(fragment, queue, hot)
    if (names.has(fragment.name))
      throw new OptionError(
        `The option fragments has two fragments "${fragment.name}": each needs a name of its own.`,
      )
    names.add(fragment.name)
  }
  const definitions = new Definitions(define as readonly DefinedFragment[])
  return { definitions, queue: readQueue(queue), hot: readHot(hot) }
}

/** Refuses what cannot be done; without a queue, `refresh: 'queue'` is done by the process. */
function checkNeeds({ name, refresh }: DefinedFragment, queue: unknown, hot: unknown): void {
  const { invalidated, schedule } = refresh
  const needsHot = invalidated ? 'invalidated' : schedule?.hot !== undefined ? 'schedule.hot' : undefined
  const needsQueue = invalidated ? 'invalidated' : schedule ? 'schedule' : undefined
  const missing = needsQueue && !queue ? 'queue' : needsHot && !hot ? 'hot' : undefined
  if (missing === undefined) return
  throw new OptionError(
    `The refresh.${missing === 'queue' ? needsQueue : needsHot} of the fragment "${name}" needs the option fragments.${missing} of the cache.`,
  )
}

function readHot(hot: unknown): HotFragments | undefined {
  if (hot === undefined) return undefined
  const methods = ['note', 'top']
  if (
    typeof hot === 'object' &&
    hot !== null &&
    methods.every((name) => typeof hot[name as never] === 'function')
  )
    return hot as HotFragments
  throw new OptionError(
    `The option fragments.hot must be a counter such as new RedisHotFragments(redis) of onetrip/hot, not ${show(hot)}.`,
  )
}

function readQueue(queue: unknown): RefreshQueue | undefined {
  if (queue === undefined) return undefined
  if (typeof queue === 'object' && queue !== null && 'task' in queue && typeof queue.task === 'function')
    return queue as RefreshQueue
  throw new OptionError(
    `The option fragments.queue must be a queue such as new TaskQueue('refresh', { redis }) of onetrip/queue, not ${show(queue)}.`,
  )
}

/** The rules of a cache that apply where a fragment says nothing. */
export interface FragmentRules {
  readonly ttl: number | undefined
  readonly vary: object
}

function readGroup(value: unknown): FragmentsOptions {
  if (isPlainObject(value)) return value as FragmentsOptions
  throw refused(value)
}

function refused(value: unknown): OptionError {
  return new OptionError(
    `The option fragments must be an array of what defineFragment() returned, or an object such as { define: [sidebar] }, not ${show(value)}.`,
  )
}

function checkRules({ name, options }: DefinedFragment, { ttl, vary }: FragmentRules): void {
  if (options.ttl === undefined && ttl === undefined) {
    throw new OptionError(
      `The fragment "${name}" has no ttl: give it one, such as ttl: '5m', or the cache, such as ttl: '5m'.`,
    )
  }
  const unknown = options.vary?.find((one) => !Object.hasOwn(vary, one))
  if (unknown === undefined) return
  throw new OptionError(
    `The fragment "${name}" varies by "${unknown}", which the option vary of the cache does not have.`,
  )
}
