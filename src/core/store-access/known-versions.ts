import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import { StoreError } from '../../errors.ts'
import { STAMP_LENGTH, stampKind, stampTime } from '../../stores/store.ts'

/** Of how many tags the newest version is remembered. */
const MOST_KNOWN = 10_000
/** How often one tag is invalidated again at most, in milliseconds. */
const PAUSE = 10_000

/**
 * The newest version of each tag that this process has read or made. An older one has been put back by whoever writes to the
 * store, or the store has lost a write: it would make entries valid again that were invalidated.
 */
export class KnownVersions {
  readonly #newest = new LRUCache<string, Buffer>({ max: MOST_KNOWN })
  /** When each was reported. */
  readonly #reported = new LRUCache<string, number>({ max: MOST_KNOWN })
  readonly #clock: Clock
  readonly #invalidate: (key: string) => void

  /** @param invalidate gives a tag's key a new version */
  constructor(clock: Clock, invalidate: (key: string) => void) {
    this.#clock = clock
    this.#invalidate = invalidate
  }

  /** Notes a version that this process has made: the newest, whatever the store's clock says. */
  made(key: string, version: Buffer): void {
    this.#newest.set(key, Buffer.from(version))
  }

  /** Says whether what was read at a key is a version that is older than one known, and notes it where it is not. */
  isPutBack(key: string, value: Buffer): boolean {
    if (!isVersion(value)) return false
    const newest = this.#newest.get(key)
    if (newest?.equals(value)) return false
    if (newest && stampTime(value) <= stampTime(newest)) return true
    this.#newest.set(key, Buffer.from(value))
    return false
  }

  /** Invalidates the tag again. @returns why what was read is not to be used */
  refuse(key: string): StoreError {
    const now = this.#clock.now()
    if (now - (this.#reported.get(key) ?? Number.NEGATIVE_INFINITY) >= PAUSE) {
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
