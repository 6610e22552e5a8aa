import { makeStamp, STAMP_LENGTH, stampKind, stampTime, type Write } from '../store.ts'

/**
 * Remembers the tombstones and invalidated versions that were evicted before their time, so that a
 * write that one of them would have refused is still refused. It knows the latest of each kind,
 * whatever its key, so its size is bounded.
 */
export class Evicted {
  /** End of the tombstone that lives longest, by the store's clock. */
  #deletedUntil = Number.NEGATIVE_INFINITY
  /** Stamp of the tag that was invalidated last. */
  #invalidated: Buffer | undefined

  /**
   * Notes what is evicted.
   *
   * @param value stamp and value
   * @param expires by the store's clock
   */
  note(value: Buffer, expires: number): void {
    if (value.length !== STAMP_LENGTH) return
    const kind = stampKind(value)
    if (kind === 'deleted') this.#deletedUntil = Math.max(this.#deletedUntil, expires)
    if (kind !== 'invalidated') return
    if (this.#invalidated && stampTime(this.#invalidated) >= stampTime(value)) return
    this.#invalidated = Buffer.from(value)
  }

  /**
   * Returns true if a tombstone that was evicted may have refused a write to an absent key. A
   * tombstone lives as long as pages that began before it may be stored (`maxRender`): none of
   * them is written after its end.
   */
  refuses({ ifStamp, notAfter }: Write): boolean {
    return ifStamp === null && notAfter !== undefined && notAfter <= this.#deletedUntil
  }

  /**
   * Returns the stamp of a new version of a tag, or undefined if no version was evicted. The tag
   * may be one that was, so it counts as invalidated when the last of them was: pages that began
   * before are not stored with it.
   */
  versionStamp(): Buffer | undefined {
    if (!this.#invalidated) return undefined
    const stamp = makeStamp(0, 'invalidated')
    this.#invalidated.copy(stamp, 0, 0, CLOCK_LENGTH)
    return stamp
  }
}

/** Bytes of the clock at the beginning of a stamp. */
const CLOCK_LENGTH = 8
