import type { Declaration } from '../../engines/template-engine.ts'
import { TagError } from '../../errors.ts'
import { knownMilliseconds, toMilliseconds } from '../../options/duration.ts'
import { noticeShort } from '../../options/notice.ts'
import { FOREVER, type Ttl } from '../../stores/store.ts'

/** Lifetime of a fragment, by its tag and its cache. */
export interface Lifetime {
  /** Time that it is fresh, in ms. 0: it is not stored; Infinity: no end. */
  readonly ttl: number
  /** Largest random reduction of `ttl`, as a fraction. */
  readonly jitter: number
  /** Latest end, in ms since 1970; Infinity if there is none. */
  readonly until: number
  /** Time after that in which it is shown while it is refreshed, in ms. */
  readonly staleWhileRevalidate: number
  /** Time after that in which it is shown if its refresh fails, in ms. */
  readonly staleIfError: number
}

/** Time for which something may be shown from now on, in ms. */
export interface Expirations {
  readonly fresh: number
  readonly revalidate: number
  readonly onError: number
}

/**
 * Returns the TTL of an entry's key, in ms: at least `maxRender`, so that no render under way finds
 * it absent and writes what is older.
 */
export function keyTtl({ revalidate, onError }: Expirations, maxRender: number): Ttl {
  const ttl = Math.ceil(Math.max(revalidate, onError, maxRender))
  return Number.isSafeInteger(ttl) ? ttl : FOREVER
}

/** Returns the same time for all three. */
export function lasting(lifetime: number): Expirations {
  return { fresh: lifetime, revalidate: lifetime, onError: lifetime }
}

/** The options of a cache that apply where a tag says nothing. Times in milliseconds. */
interface Defaults {
  readonly ttl: number | undefined
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  readonly jitter: number
}

/** @throws TagError, DurationError */
export function readLifetime(declaration: Declaration, options: Defaults): Lifetime {
  const { stale, until } = declaration
  const grace = stale === undefined ? undefined : readStale(stale, declaration)
  return {
    ttl: readOwnTtl(declaration, options),
    jitter: options.jitter,
    until: until === undefined ? Number.POSITIVE_INFINITY : readUntil(until, declaration),
    staleWhileRevalidate: grace ?? options.staleWhileRevalidate,
    staleIfError: grace ?? options.staleIfError,
  }
}

function readOwnTtl(declaration: Declaration, options: Defaults): number {
  const { ttl, until } = declaration
  if (ttl !== undefined) return knownMilliseconds(ttl) ?? readTagTtl(ttl, declaration)
  if (options.ttl !== undefined) return options.ttl
  if (until !== undefined) return Number.POSITIVE_INFINITY
  throw new TagError(
    `T${titleOf(declaration).slice(1)} has no ttl: give the tag one, such as ttl="5m", or the cache, such as ttl: '5m'.`,
  )
}

// Functions of their own, so that hits create no closures for messages.

function readTagTtl(ttl: unknown, declaration: Declaration): number {
  return readTtl(ttl, () => `The ttl of ${titleOf(declaration)}`)
}

function readStale(stale: unknown, declaration: Declaration): number {
  return readGrace(stale, () => `The stale= of ${titleOf(declaration)}`)
}

function titleOf({ name, place }: Declaration): string {
  return `the fragment "${name}" (${place.template}, line ${place.line})`
}

/** Reads a duration, `0` (not stored) or `'forever'`. @throws DurationError */
export function readTtl(ttl: unknown, what: () => string): number {
  if (ttl === FOREVER) return Number.POSITIVE_INFINITY
  return readGrace(ttl, what)
}

/** Reads a duration that may be `0`. @throws DurationError */
export function readGrace(grace: unknown, what: () => string): number {
  if (grace === 0 || grace === false) return 0
  const milliseconds = toMilliseconds(grace, what)
  if (milliseconds < 1000) noticeShort(grace, what)
  return milliseconds
}

/** Reads a Date, a number of milliseconds since 1970, or a string that `Date` parses. */
function readUntil(until: unknown, declaration: Declaration): number {
  const value = until instanceof Date ? until.getTime() : until
  const time = typeof value === 'string' ? Date.parse(value) : value
  if (typeof time === 'number' && Number.isFinite(time)) return time
  throw new TagError(
    `The until= of ${titleOf(declaration)} is ${String(until)}: it must be a Date, a number of milliseconds since 1970, or a string such as ` +
      "'2026-12-31T23:59:59Z'.",
  )
}

/** Reduces a TTL at random, so that entries that are written together expire apart. */
export function spread(ttl: number, jitter: number): number {
  if (jitter === 0 || ttl <= 1) return ttl
  return Math.max(1, Math.floor(ttl * (1 - Math.random() * jitter)))
}
