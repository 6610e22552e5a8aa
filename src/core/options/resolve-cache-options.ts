import type { TemplateEngine } from '../../engines/template-engine.ts'
import { OptionError } from '../../errors.ts'
import { toMilliseconds, toTimer } from '../../options/duration.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { readCompress } from '../../serializers/compression.ts'
import { readSerializer } from '../../serializers/serializer.ts'
import type { Store } from '../../stores/store.ts'
import { readGrace, readTtl } from '../entry/lifetime.ts'
import type { VersionedBy } from '../key/versioned-parts.ts'
import { FRAGMENT_CACHE_OPTIONS, type FragmentCacheOptions, type ResolvedOptions } from './cache-options.ts'
import { resolveDataPolicy } from './data-policy.ts'
import { readBypass, readDefaultVary, readDetectLeaks, readSafety, readVary } from './request-options.ts'
import { readBreaker, readBytes, readSingleFlight } from './resilience-options.ts'

/** @throws OptionError, DurationError */
export function resolveOptions(options: FragmentCacheOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      `new FragmentCache takes options such as { store, engine, ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknownOptions('FragmentCache', options, FRAGMENT_CACHE_OPTIONS, TIER_OPTIONS)
  const { store, engine, prefix = 'onetrip', release = '', ttl } = options
  const vary = readVary(options.vary ?? {})
  const { timeout = 100, maxRender = '60s', closeTimeout = '5s' } = options
  return {
    store: readStore(store),
    engine: readEngine(engine),
    prefix: readText('prefix', prefix),
    release: readText('release', release),
    ttl: ttl === undefined ? undefined : readTtl(ttl, () => 'The option ttl'),
    staleWhileRevalidate: readGrace(
      options.staleWhileRevalidate ?? 0,
      () => 'The option staleWhileRevalidate',
    ),
    staleIfError: readGrace(options.staleIfError ?? 0, () => 'The option staleIfError'),
    jitter: readJitter(options.jitter ?? 0.05),
    beta: readBeta(options.beta ?? 1),
    allowEmpty: readBoolean('allowEmpty', options.allowEmpty ?? false),
    vary,
    defaultVary: readDefaultVary(options.defaultVary ?? [], vary),
    bypass: readBypass(options.bypass),
    detectLeaks: readDetectLeaks(options.detectLeaks),
    rules: resolveDataPolicy(options),
    versionedParts: readVersionedParts(options.versionedParts ?? [['cacheKey', 'cacheVersion']]),
    safety: readSafety(options.safety ?? (process.env.NODE_ENV === 'production' ? 'uncached' : 'error')),
    onTemplateChange: readOnTemplateChange(options.onTemplateChange ?? 'miss'),
    secrets: readSecrets(options.secret ?? []),
    maxVariants: readMaxVariants(options.maxVariants ?? Number.POSITIVE_INFINITY),
    variantWindow: toMilliseconds(options.variantWindow ?? '1h', 'The option variantWindow'),
    singleFlight: readSingleFlight(options.singleFlight ?? 'process'),
    lockWait: toTimer(options.lockWait ?? '5s', 'The option lockWait'),
    lockTtl: toTimer(options.lockTtl ?? '2s', 'The option lockTtl'),
    maxEntryBytes: readBytes('maxEntryBytes', options.maxEntryBytes ?? 1024 * 1024),
    maxPendingBytes: readBytes('maxPendingBytes', options.maxPendingBytes ?? 64 * 1024 * 1024),
    breaker: readBreaker(options.breaker ?? {}),
    timeout: toTimer(timeout, 'The option timeout'),
    invalidateTimeout: toTimer(options.invalidateTimeout ?? '2s', 'The option invalidateTimeout'),
    maxRender: toMilliseconds(maxRender, 'The option maxRender'),
    closeTimeout: toTimer(closeTimeout, 'The option closeTimeout'),
    comments: readBoolean('comments', options.comments ?? false),
    serializer: readSerializer(options.serializer ?? 'json', 'The option serializer'),
    compress: readCompress(options.compress),
  }
}

const MAKE_A_TIER =
  'copies in memory belong to the store: pass store: tieredStore({ first: memoryStore(), second: redisStore({ url }) }).'
/** Options that the plugin and the middleware take, and make a store of. */
const TIER_OPTIONS = Object.fromEntries(
  ['memory', 'coherence', 'coherenceLag', 'firstTier'].map((name) => [name, MAKE_A_TIER]),
)

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

function readOnTemplateChange(value: unknown): 'miss' | 'stale' {
  if (value === 'miss' || value === 'stale') return value
  throw new OptionError(`The option onTemplateChange takes 'miss' or 'stale', not ${show(value)}.`)
}

/** A shorter one could be guessed. */
const SHORTEST_SECRET = 16

function readSecrets(value: unknown): readonly string[] {
  const secrets = typeof value === 'string' ? [value] : value
  const isSecret = (secret: unknown) => typeof secret === 'string' && secret.length >= SHORTEST_SECRET
  if (Array.isArray(secrets) && secrets.every(isSecret)) return [...secrets]
  // What it is must not stand in a log.
  throw new OptionError(
    `The option secret takes a text of at least ${SHORTEST_SECRET} characters, or a list of such.`,
  )
}

function readMaxVariants(value: unknown): number {
  if (
    typeof value === 'number' &&
    value >= 1 &&
    (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)
  ) {
    return value
  }
  throw new OptionError(`The option maxVariants takes a number from 1 on, not ${show(value)}.`)
}

function readVersionedParts(value: unknown): readonly VersionedBy[] {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((name) => typeof name === 'string' && name !== '')
  if (Array.isArray(value) && value.every(isPair)) return value
  throw new OptionError(
    `The option versionedParts takes pairs of names, such as [['id', 'updatedAt']], not ${show(value)}.`,
  )
}

function readJitter(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < 1) return value
  throw new OptionError(`The option jitter takes a number from 0 to below 1, not ${show(value)}.`)
}

function readBeta(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value
  throw new OptionError(`The option beta takes a number from 0 on, not ${show(value)}.`)
}

function readBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new OptionError(`The option ${name} takes true or false, not ${show(value)}.`)
}

function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new OptionError(`The option ${name} takes a text, not ${show(value)}.`)
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}: it is to be called`
  if (value instanceof Promise) return 'a Promise: await it'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null
    ? `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`
    : String(value)
}
