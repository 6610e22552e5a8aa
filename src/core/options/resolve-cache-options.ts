import { types } from 'node:util'
import type { TemplateEngine } from '../../engines/template-engine.ts'
import { OptionError } from '../../errors.ts'
import { toMilliseconds, toTimer } from '../../options/duration.ts'
import { listNames } from '../../options/list-names.ts'
import { refuseUnknownNames } from '../../options/option-names.ts'
import {
  readBoolean,
  readBytes,
  readCount,
  readGroup,
  readModeGroup,
  readNumber,
  readOneOf,
  readString,
  refuseOption,
} from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { readCompress } from '../../serializers/compression.ts'
import { readSerializer } from '../../serializers/serializer.ts'
import type { Store } from '../../stores/store.ts'
import { readFragments } from '../definition/read-fragments.ts'
import { readGrace, readTtl } from '../entry/lifetime.ts'
import {
  type Breaker,
  CACHE_OPTION_GROUPS,
  type EntryOptions,
  type KeyOptions,
  type LimitOptions,
  type Safety,
  type SafetyOptions,
  type SingleFlightMode,
  type SingleFlightOptions,
  type ValuesOptions,
  type VersionedBy,
} from './cache-option-groups.ts'
import {
  type BypassFunction,
  FRAGMENT_CACHE_OPTIONS,
  type FragmentCacheOptions,
  type ResolvedOptions,
  type VaryFunction,
} from './cache-options.ts'
import { resolveDataPolicy } from './data-policy.ts'

/**
 * Checks all options, and returns them with their defaults. `undefined` stands for the default,
 * also in groups.
 * @throws OptionError, DurationError
 */
export function resolveOptions(options: FragmentCacheOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(
      `The options of FragmentCache must be an object such as { store, engine, ttl: '5m' }, not ${show(options)}.`,
    )
  }
  refuseUnknownNames('FragmentCache', options, {
    names: FRAGMENT_CACHE_OPTIONS,
    groups: CACHE_OPTION_GROUPS,
    hints: TIER_OPTIONS,
  })
  const { store, engine, prefix = 'onetrip', release = '', ttl } = options
  const { staleWhileRevalidate = 0, staleIfError = 0, timeout = 100 } = options
  const vary = readVary(options.vary)
  const keys = readKeys(options.keys, vary)
  const ownTtl = ttl === undefined ? undefined : readTtl(ttl, () => 'The option ttl')
  return {
    store: readStore(store),
    engine: readEngine(engine),
    prefix: readString('prefix', prefix),
    release: readString('release', release),
    ttl: ownTtl,
    fragments: readFragments(options.fragments, { ttl: ownTtl, vary }),
    staleWhileRevalidate: readGrace(staleWhileRevalidate, () => 'The option staleWhileRevalidate'),
    staleIfError: readGrace(staleIfError, () => 'The option staleIfError'),
    vary,
    bypass: readBypass(options.bypass),
    secrets: readSecrets(options.secret),
    timeout: toTimer(timeout, 'The option timeout'),
    ...keys,
    ...readEntries(options.entries),
    ...readSafety(options, keys.defaultVary),
    ...readSingleFlight(options.singleFlight),
    breaker: readBreaker(options.breaker),
    ...readLimits(options.limits),
    ...readValues(options.values),
  }
}

const MAKE_A_TIER =
  'copies in memory belong to the store: pass store: tieredStore({ first: memoryStore(), second: redisStore({ url }) }).'
/** Options of the plugin and the middleware, which make a store of them. */
const TIER_OPTIONS = Object.fromEntries(
  ['memory', 'coherence', 'coherenceLag', 'firstTier'].map((name) => [name, MAKE_A_TIER]),
)

function readStore(store: unknown): Store {
  const methods = ['getMany', 'setMany', 'stampMany', 'deleteMany', 'clock', 'close']
  if (has(store, methods)) return store as Store
  return refuseOption('store', 'a store such as memoryStore() or redisStore({ url })', store)
}

function readEngine(engine: unknown): TemplateEngine | undefined {
  if (engine === undefined || has(engine, ['run'])) return engine as TemplateEngine | undefined
  return refuseOption('engine', "an engine such as nunjucksEngine({ root: 'views' })", engine)
}

function has(object: unknown, methods: readonly string[]): boolean {
  if (typeof object !== 'object' || object === null) return false
  return methods.every((name) => typeof object[name as never] === 'function')
}

function readVary(value: unknown = {}): Readonly<Record<string, VaryFunction>> {
  if (!isPlainObject(value))
    return refuseOption(
      'vary',
      'an object of functions by name, such as { locale: (request) => request.locale }',
      value,
    )
  const wrong = Object.entries(value).find(([, fn]) => typeof fn !== 'function')
  if (!wrong) return { ...value } as Record<string, VaryFunction>
  throw new OptionError(
    `The option vary.${wrong[0]} is not a function of the request, but ${show(wrong[1])}.`,
  )
}

function readBypass(value: unknown): BypassFunction | undefined {
  if (value === undefined || typeof value === 'function') return value as BypassFunction | undefined
  return refuseOption(
    'bypass',
    "a function of the request that returns 'read', 'write', 'both' or false",
    value,
  )
}

/** Shorter ones could be guessed. */
const MIN_SECRET_LENGTH = 16

function readSecrets(value: unknown = []): readonly string[] {
  const secrets = typeof value === 'string' ? [value] : value
  const isSecret = (secret: unknown) => typeof secret === 'string' && secret.length >= MIN_SECRET_LENGTH
  if (Array.isArray(secrets) && secrets.every(isSecret)) return [...secrets]
  // The message must not show it: it would be in a log.
  throw new OptionError(
    `The option secret must be a string of at least ${MIN_SECRET_LENGTH} characters, or an array of such strings.`,
  )
}

function readKeys(value: unknown, vary: object): Pick<ResolvedOptions, 'defaultVary' | 'versionedParts'> {
  const { defaultVary = [], versionedParts = [['cacheKey', 'cacheVersion']] } = readGroup<KeyOptions>(
    'keys',
    value,
    "an object such as { defaultVary: ['locale'] }",
  )
  return {
    defaultVary: readDefaultVary(defaultVary, vary),
    versionedParts: readVersionedParts(versionedParts),
  }
}

function readDefaultVary(value: unknown, vary: object): readonly string[] {
  if (!Array.isArray(value))
    return refuseOption('keys.defaultVary', "an array of names, such as ['locale']", value)
  const unknown = value.find((name) => typeof name !== 'string' || !Object.hasOwn(vary, name))
  if (unknown === undefined) return [...value]
  throw new OptionError(
    `The option keys.defaultVary names ${show(unknown)}, which the option vary does not have: ${listNames(vary)}.`,
  )
}

function readVersionedParts(value: unknown): readonly VersionedBy[] {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((name) => typeof name === 'string' && name !== '')
  if (Array.isArray(value) && value.every(isPair)) return value
  return refuseOption(
    'keys.versionedParts',
    "an array of pairs of names, such as [['id', 'updatedAt']]",
    value,
  )
}

type Entries = Pick<ResolvedOptions, 'jitter' | 'beta' | 'allowEmpty' | 'onTemplateChange'>

function readEntries(value: unknown): Entries {
  const {
    jitter = 0.05,
    beta = 1,
    allowEmpty = false,
    onTemplateChange = 'miss',
  } = readGroup<EntryOptions>('entries', value, 'an object such as { jitter: 0.1 }')
  return {
    jitter: readNumber('entries.jitter', jitter, 0, 1),
    beta: readNumber('entries.beta', beta, 0),
    allowEmpty: readBoolean('entries.allowEmpty', allowEmpty),
    onTemplateChange: readOneOf('entries.onTemplateChange', onTemplateChange, ['miss', 'stale']),
  }
}

const SAFETY: readonly Safety[] = ['error', 'uncached', 'off']

type SafetyRules = Pick<ResolvedOptions, 'safety' | 'dataPolicy' | 'detectLeaks'>

function readSafety(
  { safety, perRequest }: FragmentCacheOptions,
  defaultVary: readonly string[],
): SafetyRules {
  const group = readModeGroup<SafetyOptions>('safety', safety, SAFETY, "{ strict: true, shared: ['locale'] }")
  const { mode = process.env.NODE_ENV === 'production' ? 'uncached' : 'error', detectLeaks, ...names } = group
  return {
    safety: readOneOf('safety.mode', mode, SAFETY),
    dataPolicy: resolveDataPolicy({ ...names, perRequest, defaultVary }),
    detectLeaks: readDetectLeaks(detectLeaks),
  }
}

function readDetectLeaks(value: unknown): ResolvedOptions['detectLeaks'] {
  if (types.isAsyncFunction(value))
    throw new OptionError(
      'The option safety.detectLeaks must be a function that returns an array, not a Promise: load the values before, such as ' +
        'with the session.',
    )
  if (value === undefined || typeof value === 'function') return value as ResolvedOptions['detectLeaks']
  return refuseOption(
    'safety.detectLeaks',
    'a function of the request that returns an array of its values, such as (request) => [request.user?.email]',
    value,
  )
}

const SINGLE_FLIGHT: readonly SingleFlightMode[] = ['off', 'process', 'store']

function readSingleFlight(value: unknown): Pick<ResolvedOptions, 'singleFlight' | 'lockWait' | 'lockTtl'> {
  const {
    mode = 'process',
    wait = '5s',
    lockTtl = '2s',
  } = readModeGroup<SingleFlightOptions>(
    'singleFlight',
    value,
    SINGLE_FLIGHT,
    "{ mode: 'store', wait: '5s' }",
  )
  return {
    singleFlight: readOneOf('singleFlight.mode', mode, SINGLE_FLIGHT),
    lockWait: toTimer(wait, 'The option singleFlight.wait'),
    lockTtl: toTimer(lockTtl, 'The option singleFlight.lockTtl'),
  }
}

function readBreaker(value: unknown): ResolvedOptions['breaker'] {
  if (value === false) return { failures: Number.POSITIVE_INFINITY, retryAfter: 0 }
  const { failures = 1, retryAfter = '250ms' } = readGroup<Breaker>(
    'breaker',
    value,
    "false, or an object such as { failures: 3, retryAfter: '1s' }",
  )
  return {
    failures: readCount('breaker.failures', failures, 1),
    retryAfter: toTimer(retryAfter, 'The option breaker.retryAfter'),
  }
}

const MIB = 1024 * 1024

function readLimits(value: unknown): Required<{ [K in keyof LimitOptions]: number }> {
  const {
    maxEntryBytes = MIB,
    maxPendingBytes = 64 * MIB,
    maxVariants = Number.POSITIVE_INFINITY,
    variantWindow = '1h',
    maxRender = '60s',
    invalidateTimeout = '2s',
    closeTimeout = '5s',
  } = readGroup<LimitOptions>('limits', value, "an object such as { maxEntryBytes: '2MB', maxRender: '30s' }")
  return {
    maxEntryBytes: readBytes('limits.maxEntryBytes', maxEntryBytes),
    maxPendingBytes: readBytes('limits.maxPendingBytes', maxPendingBytes),
    maxVariants: readCount('limits.maxVariants', maxVariants, 1),
    variantWindow: toMilliseconds(variantWindow, 'The option limits.variantWindow'),
    maxRender: toMilliseconds(maxRender, 'The option limits.maxRender'),
    invalidateTimeout: toTimer(invalidateTimeout, 'The option limits.invalidateTimeout'),
    closeTimeout: toTimer(closeTimeout, 'The option limits.closeTimeout'),
  }
}

function readValues(value: unknown): Pick<ResolvedOptions, 'serializer' | 'compress'> {
  const { serializer = 'json', compress } = readGroup<ValuesOptions>(
    'values',
    value,
    "an object such as { serializer: 'v8', compress: 'gzip' }",
  )
  return {
    serializer: readSerializer(serializer, 'The option values.serializer'),
    compress: readCompress(compress, 'The option values.compress'),
  }
}
