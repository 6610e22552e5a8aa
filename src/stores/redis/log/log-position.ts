import type { Follower } from '../../store.ts'
import type { LogEntry } from './log-entries.ts'

/** An entry of the log, by its id and its number. */
export interface LogPlace {
  readonly id: string
  readonly n: number | undefined
}

/**
 * The entry up to which a process has read the log, over all its connections. Entries are numbered
 * without gaps, so that a missing one is noticed: the log was trimmed past it, removed, or replaced
 * by that of a server which had not received all. Then any key may have been written.
 */
export class LogPosition {
  readonly #follower: Follower
  readonly #prefix: string
  #last: LogPlace | undefined

  /** @param prefix of the keys to report */
  constructor(follower: Follower, prefix: string) {
    this.#follower = follower
    this.#prefix = prefix
  }

  /** Id of the last entry that was read; undefined before the first. */
  get id(): string | undefined {
    return this.#last?.id
  }

  /** Forgets the place: what follows does not continue what was read. */
  forget(): void {
    this.#last = undefined
  }

  /** Goes on from a place, whatever was written before. */
  startAt(place: LogPlace): void {
    this.#last = place
    this.#follower.allChanged()
  }

  /**
   * Reports the entries from the place on, which itself is the first of them.
   *
   * @returns false if it is not: entries are missing, and none was reported
   */
  resume([first, ...entries]: readonly LogEntry[]): boolean {
    const last = this.#last
    if (!first || first.id !== last?.id || first.n !== last.n) return false
    this.advance(entries)
    return true
  }

  /** Reports the entries after the place. */
  advance(entries: readonly LogEntry[]): void {
    const changed: string[] = []
    let isAll = false
    for (const { id, n, names } of entries) {
      const expected = this.#last?.n
      if (names === undefined || expected === undefined || n !== expected + 1) isAll = true
      else for (const name of names) if (name.startsWith(this.#prefix)) changed.push(name)
      this.#last = { id, n }
    }
    if (isAll) this.#follower.allChanged()
    else if (changed.length > 0) this.#follower.changed(changed)
  }
}
