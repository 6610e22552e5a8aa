import { expect } from 'vitest'
import type { Follower } from '../../../../src/stores/store.ts'

/** Notes what a store reports, in its order. */
export class Recorder implements Follower {
  readonly events: string[] = []
  isFollowing = false
  /** The latest time until which everything was reported. */
  told = Number.NEGATIVE_INFINITY

  following(): void {
    this.isFollowing = true
    this.events.push('following')
  }

  changed(keys: readonly string[]): void {
    this.events.push(...keys)
  }

  allChanged(): void {
    this.events.push('all changed')
  }

  toldUntil(time: number): void {
    this.told = time
  }

  lost(error?: Error): void {
    this.isFollowing = false
    this.events.push(error ? `lost: ${error.message}` : 'lost')
  }

  /** Waits until writes are reported, and forgets the events until then. */
  async begins(): Promise<void> {
    await expect.poll(() => this.isFollowing).toBe(true)
    this.events.length = 0
  }

  /** Waits for an event. */
  async hears(event: string | RegExp): Promise<void> {
    const expected = event instanceof RegExp ? expect.stringMatching(event) : event
    await expect.poll(() => this.events).toContainEqual(expected)
  }
}
