import { STAMP_LENGTH } from '../../stores/store.ts'
import type { Entry } from '../entry/entry.ts'
import type { MissReason } from '../events.ts'

/**
 * Result of looking up one fragment. It never changes: a later step replaces it with another one.
 */
export class LookupResult {
  /** Reason of a miss; undefined for a hit. */
  readonly reason: MissReason | undefined
  /** Shown by a hit. Of a miss: shown only if rendering fails. */
  readonly entry: Entry | undefined
  /**
   * Stamp under the key of a miss: `null` if there was nothing, an Error if the key was not read.
   * An entry is written only if its key still has this stamp.
   */
  readonly stamp: Buffer | null | Error
  /** A hit that is shown although it has expired, or its template was edited. */
  readonly stale: boolean
  /** A hit that is refreshed behind the page: it is stale, or soon will be. */
  readonly refresh: boolean
  /** A hit that another page of this process rendered at the same time. */
  readonly joined: boolean
  /** The id of another place with the same key, whose entry is the one that is kept. */
  readonly conflictsWith: string | undefined

  private constructor(
    reason: MissReason | undefined,
    entry: Entry | undefined,
    stamp: Buffer | null | Error,
    stale: boolean,
    refresh: boolean,
    joined: boolean,
    conflictsWith: string | undefined,
  ) {
    this.reason = reason
    this.entry = entry
    this.stamp = stamp
    this.stale = stale
    this.refresh = refresh
    this.joined = joined
    this.conflictsWith = conflictsWith
  }

  static hit(entry: Entry, stale: boolean, refresh: boolean): LookupResult {
    return new LookupResult(undefined, entry, null, stale, refresh, false, undefined)
  }

  /**
   * @param found bytes under the key that begin with their stamp, `null`, or why they were not read
   * @param conflictsWith see {@link LookupResult.conflictsWith}
   */
  static miss(reason: MissReason, found: Buffer | null | Error, conflictsWith?: string): LookupResult {
    return new LookupResult(reason, undefined, stampOf(found), false, false, false, conflictsWith)
  }

  /** Returns the miss of an entry that has expired, and may still be shown if rendering fails. */
  static fallback(entry: Entry): LookupResult {
    return new LookupResult('expired', entry, stampOf(entry.stamp), false, false, false, undefined)
  }

  /** Returns the hit as one that another page of this process has rendered. */
  asJoined(): LookupResult {
    return new LookupResult(undefined, this.entry, this.stamp, this.stale, false, true, undefined)
  }

  /** Returns the result as a miss, for a page that reads nothing. */
  asBypassed(): LookupResult {
    const { reason, entry, conflictsWith } = this
    const stamp = entry ? stampOf(entry.stamp) : this.stamp
    return new LookupResult(reason ?? 'bypassed', undefined, stamp, false, false, false, conflictsWith)
  }

  /**
   * Returns the miss as a stale hit, because its body has failed; undefined if it has no entry to
   * show.
   */
  asFallback(): LookupResult | undefined {
    const { reason, entry, stamp, conflictsWith } = this
    if (!entry || reason === undefined) return undefined
    return new LookupResult(undefined, entry, stamp, true, false, false, conflictsWith)
  }

  inConflictWith(place: string): LookupResult {
    return new LookupResult(this.reason, this.entry, this.stamp, this.stale, this.refresh, this.joined, place)
  }

  /** Returns what reports need of the result. */
  withoutEntry(): LookupResult {
    const { reason, stamp, stale, refresh, joined, conflictsWith } = this
    return new LookupResult(reason, undefined, stamp, stale, refresh, joined, conflictsWith)
  }
}

/** Copies a stamp: what the store returned may be a view into all that its socket has read. */
function stampOf(found: Buffer | null | Error): Buffer | null | Error {
  return Buffer.isBuffer(found) ? Buffer.from(found.subarray(0, STAMP_LENGTH)) : found
}
