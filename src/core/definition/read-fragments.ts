import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { DefinedFragment } from './define-fragment.ts'
import { Definitions } from './definitions.ts'
import type { RefreshQueue } from './refresh-queue.ts'

/**
 * The defined fragments of a cache.
 * @example fragments: { define: [sidebar, menu] }
 */
export interface FragmentsOptions {
  /** The results of `defineFragment()`. */
  readonly define?: readonly DefinedFragment<never>[] | undefined
  /**
   * Carries refreshes to workers: a `TaskQueue` of `onetrip/queue`. It stays open when the cache is
   * closed.
   * @defaultValue none: fragments are refreshed by the process that finds them due
   */
  readonly queue?: RefreshQueue | undefined
}

/** Members of the group `fragments`. */
export const FRAGMENTS_MEMBERS = ['define', 'queue'] as const satisfies readonly (keyof FragmentsOptions)[]

/** The option `fragments`, checked. */
export interface ResolvedFragments {
  readonly definitions: Definitions
  readonly queue: RefreshQueue | undefined
}

/**
 * Reads the option `fragments`; an array is its `define`.
 * @param rules of the cache that fragments rely on
 * @throws OptionError
 */
export function readFragments(value: unknown = [], rules: FragmentRules): ResolvedFragments {
  const { define = [], queue }: FragmentsOptions = Array.isArray(value) ? { define: value } : readGroup(value)
  if (!Array.isArray(define)) throw refused(define)
  const names = new Set<string>()
  for (const fragment of define as readonly unknown[]) {
    if (!(fragment instanceof DefinedFragment)) throw refused(fragment)
    checkRules(fragment, rules)
    if (names.has(fragment.name))
      throw new OptionError(
        `The option fragments has two fragments "${fragment.name}": each needs a name of its own.`,
      )
    names.add(fragment.name)
  }
  return { definitions: new Definitions(define as readonly DefinedFragment[]), queue: readQueue(queue) }
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
