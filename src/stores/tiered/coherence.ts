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

const LONE_SURROGATE = /\p{Surrogate}/u

/** Heartbeats in the time that copies may be old: one or two of them may be late. */
const BEATS = 4

export interface ReportsSettings {
  /** In ms. */
  readonly lag: number
  readonly prefix: string
  /** Longest time that a copy is used, in ms: a bound for changes that are not reported. */
  readonly maxAge: number
  readonly onError: (error: Error) => void
}

/**
 * Drops copies when the store reports a change. Copies are used only while all changes up to a
 * moment ago have been reported.
 */
export class ByReports implements Coherence, Follower {
  readonly #copies: CopyCache
  readonly #settings: ReportsSettings
  readonly #following: Following
  #isFollowing = false
  #toldUntil = Number.NEGATIVE_INFINITY
  /** Message of the last error that was reported. */
  #reported: string | undefined

  /** @param follow begins to follow the store */
  constructor(follow: NonNullable<Store['follow']>, copies: CopyCache, settings: ReportsSettings) {
    this.#copies = copies
    this.#settings = settings
    const { lag, prefix } = settings
    this.#following = follow(this, { prefix, every: Math.max(1, Math.floor(lag / BEATS)) })
  }

  isTrusted(now: number): boolean {
    return this.#isFollowing && now - this.#toldUntil < this.#settings.lag
  }

  get canCopy(): boolean {
    return this.#isFollowing
  }

  /** Redis reports a key with a lone surrogate, which is not valid Unicode, under another name. */
  covers(key: string): boolean {
    return key.startsWith(this.#settings.prefix) && !LONE_SURROGATE.test(key)
  }

  expires(readAt: number): number {
    return readAt + this.#settings.maxAge
  }

  close(): Promise<void> {
    return this.#following.close()
  }

  following(): void {
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
    // Once for each outage, not for each attempt to connect.
    if (!error || error.message === this.#reported) return
    this.#reported = error.message
    this.#settings.onError(error)
  }
}
