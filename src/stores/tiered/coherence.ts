import type { Follower, Following, Store } from '../store.ts'
import type { Held } from './held.ts'

/** What keeps copies from being older than they may be. */
export interface Coherence {
  /** Whether copies may be shown now. */
  isTrusted(now: number): boolean
  /** Whether what is read now may be kept. */
  readonly keeps: boolean
  /** Whether it is told when this key changes. */
  covers(key: string): boolean
  /** Until when what was read at a time may be shown; both by `Clock.now`. */
  expires(readAt: number): number
  close(): Promise<void>
}

/** Copies that end by themselves, after the time that they may be old. */
export class ByAge implements Coherence {
  readonly keeps = true
  readonly #lag: number

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

/** How many heartbeats fit into the time that copies may be old: one may be late, or two, and nothing is lost. */
const BEATS = 4

/**
 * Copies that go when the server says that they have changed. While it is not known that all has been told up to a
 * moment ago, nobody is shown a copy; when the way to the server is lost they are all dropped.
 */
export class ByTracking implements Coherence, Follower {
  readonly #held: Held
  readonly #lag: number
  readonly #prefix: string
  readonly #following: Following
  readonly #onError: (error: Error) => void
  #isFollowing = false
  #toldUntil = Number.NEGATIVE_INFINITY
  #said: string | undefined

  constructor(
    store: Store & Required<Pick<Store, 'follow'>>,
    held: Held,
    { lag, prefix, onError }: { lag: number; prefix: string; onError: (error: Error) => void },
  ) {
    this.#held = held
    this.#lag = lag
    this.#prefix = prefix
    this.#onError = onError
    this.#following = store.follow(this, { prefix, every: Math.max(1, Math.floor(lag / BEATS)) })
  }

  isTrusted(now: number): boolean {
    return this.#isFollowing && now - this.#toldUntil < this.#lag
  }

  get keeps(): boolean {
    return this.#isFollowing
  }

  /** A key that is no text of Unicode has another name when Redis tells of it. */
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
    this.#held.allChanged()
    this.#isFollowing = true
    this.#said = undefined
  }

  changed(keys: readonly string[]): void {
    this.#held.changed(keys)
  }

  allChanged(): void {
    this.#held.allChanged()
  }

  toldUntil(time: number): void {
    this.#toldUntil = time
  }

  lost(error?: Error): void {
    this.#isFollowing = false
    this.#toldUntil = Number.NEGATIVE_INFINITY
    this.#held.allChanged()
    // Once for each outage, not for each try.
    if (!error || error.message === this.#said) return
    this.#said = error.message
    this.#onError(error)
  }
}
