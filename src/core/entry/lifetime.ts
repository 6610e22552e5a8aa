import type { Declaration } from '../../engines/template-engine.ts'
import { TagError } from '../../errors.ts'
import { knownMilliseconds, toMilliseconds } from '../../options/duration.ts'
import { FOREVER, type Ttl } from '../../stores/store.ts'
import { noticeShort } from '../notices.ts'
import type { ResolvedOptions } from '../options/cache-options.ts'

/** How long a fragment lives, as its tag and its cache say. */
export interface Lifetime {
  /**
   * Milliseconds that it is fresh, spread by the jitter. 0: it is not stored; Infinity: it has no
   * end.
   */
  readonly ttl: number
  /** When it ends at the latest, in milliseconds since 1970. Infinity: no such time. */
  readonly until: number
  /** Milliseconds after that in which it is shown while it is rendered anew. */
  readonly staleWhileRevalidate: number
  /** Milliseconds after that in which it is shown where rendering it anew fails. */
  readonly staleIfError: number
}

/** The lifetime of a fragment. A class: one is made for each fragment of a page, see `Values#holes`. */
class FragmentLifetime implements Lifetime {
  readonly ttl: number
  readonly until: number
  readonly staleWhileRevalidate: number
  readonly staleIfError: number

  constructor(ttl: number, until: number, staleWhileRevalidate: number, staleIfError: number) {
    this.ttl = ttl
    this.until = until
    this.staleWhileRevalidate = staleWhileRevalidate
    this.staleIfError = staleIfError
  }
}

/** How long something may be shown from now on, in milliseconds. */
export interface Expirations {
  readonly fresh: number
  readonly revalidate: number
  readonly onError: number
}

/**
 * Returns the TTL of an entry's key: it outlives every render that may be under way, which would
 * find the key absent, and write what is older.
 *
 * @param maxRender in ms
 */
export function keyTtl({ revalidate, onError }: Expirations, maxRender: number): Ttl {
  const ttl = Math.ceil(Math.max(revalidate, onError, maxRender))
  return Number.isSafeInteger(ttl) ? ttl : FOREVER
}

/** The same life for all three. */
export function lasting(lifetime: number): Expirations {
  return { fresh: lifetime, revalidate: lifetime, onError: lifetime }
}

type Defaults = Pick<ResolvedOptions, 'ttl' | 'staleWhileRevalidate' | 'staleIfError' | 'jitter'>

/** @throws TagError, DurationError */
export function readLifetime(declaration: Declaration, options: Defaults): Lifetime {
  const { stale, until } = declaration
  const grace = stale === undefined ? undefined : readStale(stale, declaration)
  return new FragmentLifetime(
    spread(readOwnTtl(declaration, options), options.jitter),
    until === undefined ? Number.POSITIVE_INFINITY : readUntil(until, declaration),
    grace ?? options.staleWhileRevalidate,
    grace ?? options.staleIfError,
  )
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

// Functions of their own, since each makes one for the message of an error: that is not done for
// each hit.

function readTagTtl(ttl: unknown, declaration: Declaration): number {
  return readTtl(ttl, () => `The ttl of ${titleOf(declaration)}`)
}

function readStale(stale: unknown, declaration: Declaration): number {
  return readGrace(stale, () => `The stale= of ${titleOf(declaration)}`)
}

function titleOf({ name, place }: Declaration): string {
  return `the fragment "${name}" (${place.template}, line ${place.line})`
}

/** A duration, or `0`: not stored, or `'forever'`. @throws DurationError */
export function readTtl(ttl: unknown, what: () => string): number {
  if (ttl === FOREVER) return Number.POSITIVE_INFINITY
  return readGrace(ttl, what)
}

/** A duration that may be `0`. @throws DurationError */
export function readGrace(grace: unknown, what: () => string): number {
  if (grace === 0 || grace === false) return 0
  const milliseconds = toMilliseconds(grace, what)
  if (milliseconds < 1000) noticeShort(grace, what)
  return milliseconds
}

/** A Date, a number of milliseconds since 1970, or a text that `Date` reads. */
function readUntil(until: unknown, declaration: Declaration): number {
  const value = until instanceof Date ? until.getTime() : until
  const time = typeof value === 'string' ? Date.parse(value) : value
  if (typeof time === 'number' && Number.isFinite(time)) return time
  throw new TagError(
    `The until= of ${titleOf(declaration)} is ${String(until)}: it takes a Date, a number of milliseconds since 1970, or a text such as ` +
      "'2026-12-31T23:59:59Z'.",
  )
}

/**
 * Lives are spread a little: entries that are stored together do not all end together. Only ever
 * shorter.
 */
export function spread(ttl: number, jitter: number): number {
  if (jitter === 0 || ttl <= 1) return ttl
  return Math.max(1, Math.floor(ttl * (1 - Math.random() * jitter)))
}
