import type { Place } from '../../engines/template-engine.ts'
import { OptionError } from '../../errors.ts'
import { type Duration, toMilliseconds } from '../../options/duration.ts'
import type { Hints } from '../../options/option-names.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { FOREVER } from '../../stores/store.ts'
import { type Params, type ParamsOf, readParams } from './params.ts'
import { readRefresh } from './read-refresh.ts'
import type { RefreshOptions } from './refresh-queue.ts'

/** Values that a fragment varies by, by name. */
export type VaryValues = Readonly<Record<string, string | number | boolean>>

/** The second argument of `load`. */
export interface LoadContext {
  /** The values of the names in `vary`, and in the cache's `keys.defaultVary`. */
  readonly vary: VaryValues
}

/** Options of `defineFragment()`. */
export interface FragmentOptions<P extends ParamsOf<P>> {
  /** The name of the template that renders it, as the engine finds it. */
  readonly template: string
  /**
   * Loads the data that the template is rendered with, beside the parameters. It runs only if the
   * fragment is rendered, and outside of the async context of the request: what it returns may
   * depend on the parameters and on `vary`, and on nothing else of a visitor.
   * @defaultValue none: the template needs only the parameters
   */
  readonly load?: ((params: P, context: LoadContext) => object | Promise<object>) | undefined
  /**
   * Names of the parameters. Each call must have all of them, and no other.
   * @defaultValue any
   */
  readonly params?: readonly (keyof P & string)[] | undefined
  /**
   * How long an entry is fresh. `0`: it is not stored; `'forever'`: until it is invalidated.
   * @defaultValue the cache's `ttl`
   */
  readonly ttl?: Duration | undefined
  /**
   * How long after its ttl an entry is still shown, while it is refreshed, or if that fails.
   * @defaultValue the cache's `staleWhileRevalidate` and `staleIfError`
   */
  readonly stale?: Duration | undefined
  /**
   * Tags, or a function of the parameters. `invalidate()` of one of them makes the entry absent.
   * @defaultValue none
   */
  readonly tags?: readonly string[] | ((params: P) => readonly string[]) | undefined
  /**
   * Names of the cache's option `vary` that it differs by, beside its parameters. `load` is given
   * their values, and the template has them under these names.
   * @defaultValue none
   */
  readonly vary?: readonly string[] | undefined
  /**
   * False where its end does not shorten the lifetime of the fragments around it.
   * @defaultValue true
   */
  readonly bubble?: boolean | undefined
  /**
   * How it is refreshed; `'queue'` is `{ queue: true }`.
   * @defaultValue by the process that finds it due
   */
  readonly refresh?: 'queue' | RefreshOptions | undefined
  /**
   * Stores the fragment even if it is empty or only white space.
   * @defaultValue the cache's `entries.allowEmpty`
   */
  readonly allowEmpty?: boolean | undefined
  /**
   * Part of what an entry is made of: raise it when `load` gives other data than before. Entries of
   * other versions are misses.
   * @defaultValue `''`
   */
  readonly version?: string | number | undefined
}

const OPTIONS = [
  'template',
  'load',
  'params',
  'ttl',
  'stale',
  'tags',
  'vary',
  'bubble',
  'refresh',
  'allowEmpty',
  'version',
] as const satisfies readonly (keyof FragmentOptions<Params>)[]

const HINTS: Hints = {
  staleWhileRevalidate: 'stale',
  staleIfError: 'stale',
  name: 'it is the first argument: defineFragment(name, options).',
  key: 'the name, the parameters and vary are the key.',
  data: 'load',
  view: 'template',
}

/** A fragment that is rendered by its name and its parameters, without a page. */
export class DefinedFragment<P extends ParamsOf<P> = Params> {
  /** Name of the fragment. */
  readonly name: string
  /** The options that it was defined with. */
  readonly options: FragmentOptions<P>
  /** Its option `refresh`, in the long form. @internal */
  readonly refresh: RefreshOptions
  /** Where it stands: the same on each page, and in each process. @internal */
  readonly place: Place

  /** @throws OptionError, DurationError */
  constructor(name: string, options: FragmentOptions<P>) {
    refuseWrong(name, options)
    const { template, version = '' } = options
    this.name = name
    this.options = { ...options }
    this.refresh = readRefresh(options.refresh, name)
    this.place = { id: `${template}#fragment ${name}`, template, line: 1, digest: `version ${version}` }
  }

  /**
   * Returns a copy of parameters that nothing else holds.
   * @param where the tag that gives them, for messages
   * @throws KeyPartError
   * @internal
   */
  paramsOf(given: Readonly<Record<string, unknown>>, where: string): Params {
    return readParams(given, this.options.params, this.name, where)
  }
}

/**
 * Defines a fragment with its own template and loader, so that it can be rendered without a page:
 * by a worker, ahead of visitors, or as a part of a page that a script fetches.
 *
 * @param name tells it from other fragments; templates use it: `{% fragment "menu", id=site.id %}`
 * @example
 * const sidebar = defineFragment('sidebar', {
 *   template: 'parts/sidebar.njk',
 *   load: async ({ id }) => ({ film: await db.film(id) }),
 *   ttl: '1m',
 *   tags: ({ id }) => [`film:${id}`],
 * })
 * @throws OptionError, DurationError
 */
export function defineFragment<P extends ParamsOf<P> = Params>(
  name: string,
  options: FragmentOptions<P>,
): DefinedFragment<P> {
  return new DefinedFragment(name, options)
}

const USAGE =
  "defineFragment(name, { template, load, ttl }), such as defineFragment('sidebar', { template: 'sidebar.njk' })"

function refuseWrong(name: unknown, options: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw new OptionError(`${USAGE}: the name must be a string, not ${show(name)}.`)
  if (!isPlainObject(options)) throw new OptionError(`${USAGE}: the options of "${name}" are missing.`)
  refuseUnknownOptions(`The fragment "${name}"`, options, OPTIONS, HINTS)
  const { template, load, params, ttl, stale, tags, vary, bubble, allowEmpty, version } = options
  const refuse = (option: string, expected: string, value: unknown): never => {
    throw new OptionError(`The ${option} of the fragment "${name}" must be ${expected}, not ${show(value)}.`)
  }
  if (typeof template !== 'string' || template === '')
    refuse('template', "the name of a template, such as 'parts/sidebar.njk'", template)
  if (load !== undefined && typeof load !== 'function')
    refuse('load', 'a function of the parameters that returns the data of the template', load)
  if (params !== undefined && !isNames(params)) refuse('params', "an array of names, such as ['id']", params)
  if (vary !== undefined && !isNames(vary))
    refuse('vary', "an array of names of the option vary, such as ['locale']", vary)
  if (tags !== undefined && typeof tags !== 'function' && !isNames(tags))
    refuse('tags', 'an array of strings, or a function of the parameters that returns one', tags)
  if (ttl !== undefined && ttl !== FOREVER) checkDuration(ttl, () => `The ttl of the fragment "${name}"`)
  if (stale !== undefined) checkDuration(stale, () => `The stale of the fragment "${name}"`)
  if (bubble !== undefined && typeof bubble !== 'boolean') refuse('bubble', 'true or false', bubble)
  if (allowEmpty !== undefined && typeof allowEmpty !== 'boolean')
    refuse('allowEmpty', 'true or false', allowEmpty)
  if (version !== undefined && typeof version !== 'string' && typeof version !== 'number')
    refuse('version', 'a string or a number', version)
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
}

/** @throws DurationError */
function checkDuration(value: unknown, what: () => string): void {
  if (value !== 0 && value !== false) toMilliseconds(value, what)
}
