import { NotYetError, OptionError } from '../errors.ts'
import type { Store } from '../stores/store.ts'
import type { TemplateEngine } from '../template/template-engine.ts'
import { type Duration, toMilliseconds } from './duration.ts'

export interface FragmentCacheOptions {
  /** Where entries live. */
  store: Store
  /** What renders. May be left out where an environment renders that `installCache` was called with. */
  engine?: TemplateEngine | undefined
  /** What all keys begin with. Default: `'onetrip'`. */
  prefix?: string
  /** Part of every key: two releases that run side by side and must not share. Default: `''`. */
  release?: string | undefined
  /** How long an entry is fresh where its tag says nothing. Default: none, each tag must say `ttl=`. */
  ttl?: Duration | undefined
  /** How long a page waits for the store before it is rendered without it. Default: 100 ms. */
  timeout?: Duration | undefined
  /** The longest time from the begin of a request to its write-back; later nothing is stored. Default: `'60s'`. */
  maxRender?: Duration | undefined
  /** How long `close()` waits for write-backs that are under way. Default: `'5s'`. */
  closeTimeout?: Duration | undefined
  /** HTML comments around fragments, wherever HTML allows one. Default: false. */
  comments?: boolean | undefined
}

/** The options of a cache, complete; times in milliseconds. */
export interface ResolvedOptions {
  readonly store: Store
  readonly engine: TemplateEngine | undefined
  readonly prefix: string
  readonly release: string
  readonly ttl: number | undefined
  readonly timeout: number
  readonly maxRender: number
  readonly closeTimeout: number
  readonly comments: boolean
}

/** All names of {@link FragmentCacheOptions}. */
export const FRAGMENT_CACHE_OPTIONS = [
  'store',
  'engine',
  'prefix',
  'release',
  'ttl',
  'timeout',
  'maxRender',
  'closeTimeout',
  'comments',
] as const satisfies readonly (keyof FragmentCacheOptions)[]

/** Names that the design has, and this version does not. */
export const LATER_OPTIONS = [
  'vary',
  'defaultVary',
  'bypass',
  'staleWhileRevalidate',
  'staleIfError',
  'firstTier',
  'coherenceLag',
] as const

/** @throws OptionError, DurationError, NotYetError */
export function resolveOptions(options: FragmentCacheOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `new FragmentCache takes options such as { store, engine, ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknown(options)
  const { store, engine, prefix = 'onetrip', release = '', ttl, comments = false } = options
  const { timeout = 100, maxRender = '60s', closeTimeout = '5s' } = options
  if (typeof comments !== 'boolean') {
    throw new OptionError(`The option comments takes true or false, not ${show(comments)}.`)
  }
  return {
    store: readStore(store),
    engine: readEngine(engine),
    prefix: readText('prefix', prefix),
    release: readText('release', release),
    ttl: ttl === undefined ? undefined : toMilliseconds(ttl, 'The option ttl'),
    timeout: toMilliseconds(timeout, 'The option timeout'),
    maxRender: toMilliseconds(maxRender, 'The option maxRender'),
    closeTimeout: toMilliseconds(closeTimeout, 'The option closeTimeout'),
    comments,
  }
}

function refuseUnknown(options: object): void {
  const allowed: readonly string[] = FRAGMENT_CACHE_OPTIONS
  for (const name of Object.keys(options)) {
    if (allowed.includes(name)) continue
    if (LATER_OPTIONS.includes(name as never)) throw new NotYetError(`The option ${name} is not there yet.`)
    throw new OptionError(`Unknown option ${name}. Allowed are ${allowed.join(', ')}.`)
  }
}

function readStore(store: unknown): Store {
  const methods = ['getMany', 'setMany', 'stampMany', 'deleteMany', 'clock', 'close']
  if (
    typeof store === 'object' &&
    store !== null &&
    methods.every((name) => typeof store[name as never] === 'function')
  ) {
    return store as Store
  }
  throw new OptionError(
    `The option store takes a store such as memoryStore() or redisStore({ url }), not ${show(store)}.`,
  )
}

function readEngine(engine: unknown): TemplateEngine | undefined {
  if (engine === undefined) return undefined
  if (typeof engine === 'object' && engine !== null && typeof engine['run' as never] === 'function') {
    return engine as TemplateEngine
  }
  throw new OptionError(
    `The option engine takes an engine such as nunjucksEngine({ root: 'views' }), not ${show(engine)}.`,
  )
}

function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new OptionError(`The option ${name} takes a text, not ${show(value)}.`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  return typeof value === 'object' && value !== null
    ? `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`
    : String(value)
}
