import type { Follower, Following, Store } from '../store.ts'
import type { CopyCache } from './copy-cache.ts'

/** Decides which copies may be used, so that none is older than it may be. */
export interface Coherence {
  /** Returns true if copies may be used now. */
  isTrusted(now: number): boolean
  /** True if a value that is read now may be copied. */
  readonly canCopy: boolean
  /** Returns true if a change of this key is noticed. */
  covers(key: string): boolean
  /** Returns until when a value that was read at `readAt` may be used; both by `Clock.now`. */
  expires(readAt: number): number
  close(): Promise<void>
}

/** Expires copies after the time that they may be old. */
export class ByAge implements Coherence {
  readonly canCopy = true
  readonly #lag: number

  /** @param lag in ms */
  constructor(lag: number) {
    this.#lag = lag
  }

  isTrusted(): boolean {
    return true
  }

  covers(): boolean {
    return true
  }

  expires(readAt: number): number {
    return readAt + this.#lag
  }

  async close(): Promise<void> {}
}

/** A store that reports writes. */
export type FollowableStore = Store & Required<Pick<Store, 'follow'>>

const LONE_SURROGATE = /\p{Surrogate}/u

/** Heartbeats in the time that copies may be old: one or two of them may be late. */
const BEATS = 4

/**
 * Drops copies when the server reports a change. Copies are used only while all changes up to a
 * moment ago have been reported. When the connection is lost, all of them are dropped.
 */
export class ByTracking implements Coherence, Follower {
  readonly #copies: CopyCache
  readonly #lag: number
  readonly #prefix: string
  readonly #following: Following
  readonly #onError: (error: Error) => void
  #isFollowing = false
  #toldUntil = Number.NEGATIVE_INFINITY
  /** Message of the last error that was reported. */
  #reported: string | undefined

  /** @param settings with `lag` in ms */
  constructor(
    store: FollowableStore,
    copies: CopyCache,
    settings: { lag: number; prefix: string; onError: (error: Error) => void },
  ) {
    const { lag, prefix, onError } = settings
    this.#copies = copies
    this.#lag = lag
    this.#prefix = prefix
    this.#onError = onError
    this.#following = store.follow(this, { prefix, every: Math.max(1, Math.floor(lag / BEATS)) })
  }

  isTrusted(now: number): boolean {
    return this.#isFollowing && now - this.#toldUntil < this.#lag
  }

  get canCopy(): boolean {
    return this.#isFollowing
  }

  /** Redis reports a key with a lone surrogate, which is not valid Unicode, under another name. */
  covers(key: string): boolean {
    return key.startsWith(this.#prefix) && !LONE_SURROGATE.test(key)
  }

  expires(): number {
    return Number.POSITIVE_INFINITY
  }

  close(): Promise<void> {
    return this.#following.close()
  }

  following(): void {
    // A read that is under way may have been answered before.
    this.#copies.allChanged()
    this.#isFollowing = true
    this.#reported = undefined
  }

  changed(keys: readonly string[]): void {
    this.#copies.changed(keys)
  }

  allChanged(): void {
    this.#copies.allChanged()
  }

  toldUntil(time: number): void {
    this.#toldUntil = time
  }

  lost(error?: Error): void {
    this.#isFollowing = false
    this.#toldUntil = Number.NEGATIVE_INFINITY
    this.#copies.allChanged()
    // Once for each outage, not for each attempt to connect.
    if (!error || error.message === this.#reported) return
    this.#reported = error.message
    this.#onError(error)
  }
}
