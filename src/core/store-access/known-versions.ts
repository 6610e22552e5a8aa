import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import { STAMP_LENGTH, stampKind, stampTime } from '../../stores/store.ts'

/** Most tags whose newest version is remembered. */
const MAX_KNOWN = 10_000
/** Pause before the same tag is invalidated again, in ms. */
const PAUSE_MS = 10_000

/**
 * The newest version of each tag that this process has read or created. An older one was put back
 * by someone who can write to the store, or the store has lost a write: it would make invalidated
 * entries valid again.
 */
export class KnownVersions {
  readonly #newest = new LRUCache<string, Buffer>({ max: MAX_KNOWN })
  /** Times of the last invalidations, by the process' clock. */
  readonly #reported = new LRUCache<string, number>({ max: MAX_KNOWN })
  readonly #clock: Clock
  readonly #invalidate: (key: string) => void

  /** @param invalidate gives a tag's key a new version */
  constructor(clock: Clock, invalidate: (key: string) => void) {
    this.#clock = clock
    this.#invalidate = invalidate
  }

  /**
   * Notes a version that this process has created: it is the newest, whatever the store's clock
   * says.
   */
  created(key: string, version: Buffer): void {
    this.#newest.set(key, Buffer.from(version))
  }

  /** Returns true if a version is older than one known; otherwise notes it. */
  isPutBack(key: string, value: Buffer): boolean {
    if (!isVersion(value)) return false
    const newest = this.#newest.get(key)
    if (newest?.equals(value)) return false
    if (newest && stampTime(value) <= stampTime(newest)) return true
    this.#newest.set(key, Buffer.from(value))
    return false
  }

  /** Invalidates the tag again. @returns the error to read in place of its version */
  refuse(key: string): StoreError {
    const now = this.#clock.now()
    if (now - (this.#reported.get(key) ?? Number.NEGATIVE_INFINITY) >= PAUSE_MS) {
      this.#reported.set(key, now)
      this.#invalidate(key)
    }
    return new StoreError(
      'The version of a tag is older than one that was there before: it was put back, or the store has lost a write. The tag is ' +
        'invalidated again',
    )
  }
}

function isVersion(value: Buffer): boolean {
  if (value.length !== STAMP_LENGTH) return false
  const kind = stampKind(value)
  return kind === 'created' || kind === 'invalidated'
}
