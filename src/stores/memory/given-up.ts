import { STAMP_LENGTH, STAMP_RANDOM_LENGTH, stampKind, stampTime, type Write } from '../store.ts'

/**
 * Remembers of tombstones and of invalidated versions that made room before their time what they were there for: a write
 * that one of them would have refused is refused all the same. Bounded: it knows the latest of each, whatever its key.
 */
export class GivenUp {
  /** When the tombstone that lives longest ends, by the store's clock. */
  #deletedUntil = Number.NEGATIVE_INFINITY
  /** The head of the tag that was invalidated last. */
  #invalidated: Buffer | undefined

  /**
   * Notes what makes room.
   * @param value head and value
   * @param ends by the store's clock
   */
  note(value: Buffer, ends: number): void {
    if (value.length !== STAMP_LENGTH) return
    const kind = stampKind(value)
    if (kind === 'deleted') this.#deletedUntil = Math.max(this.#deletedUntil, ends)
    if (kind !== 'invalidated') return
    if (this.#invalidated && stampTime(this.#invalidated) >= stampTime(value)) return
    this.#invalidated = Buffer.from(value)
  }

  /**
   * Says whether a tombstone that is gone may have refused a write where its key is absent. A tombstone lives for as long as
   * pages may be stored that began before it (`maxRender`): none of them may be written after its end.
   */
  refuses({ ifStamp, notAfter }: Write): boolean {
    return ifStamp === null && notAfter !== undefined && notAfter <= this.#deletedUntil
  }

  /**
   * Returns the head of a version that is made where none is there. One that was invalidated may have been, so it counts as
   * invalidated when the last one was: pages that began before are not stored with it.
   * @returns undefined: none was given up
   */
  versionHead(random: Uint8Array): Buffer | undefined {
    if (!this.#invalidated) return undefined
    const head = Buffer.from(this.#invalidated)
    head.set(random, STAMP_LENGTH - 1 - STAMP_RANDOM_LENGTH)
    return head
  }
}
