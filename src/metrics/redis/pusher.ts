import type { Clock, Timer } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import type { Snapshot } from '../snapshot.ts'
import type { MetricsKeys } from './keys.ts'
import { pack } from './packed.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { PUSH } from './scripts.ts'

/** Counts of this process. */
export interface DeltaSource {
  /**
   * Returns what was counted since the last call, or undefined if nothing was. What is not taken
   * adds up in the source, so an outage of Redis needs no memory of its own.
   */
  take(): Snapshot | undefined
  /** Pages of this process since its start. */
  readonly pages: number
}

/** Time after which a process without pages says that it is there, in ms. */
const HEARTBEAT_EVERY = 30_000
/** Pauses after a failure, in ms: the second is the longest. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 30_000
/**
 * Most entries of the stream, whatever the processes push. Redis removes older ones; those that are
 * not in the buckets then are lost.
 */
const MAX_ENTRIES = 50_000
/** How long the keys live after the last push, in ms: as long as the longest bucket. */
const KEYS_TTL = 30 * 24 * 3_600_000

/** A delta under its sequence. It is sent until its process knows that it arrived. */
interface Batch {
  readonly sequence: number
  readonly data: Buffer
  readonly from: number
  readonly to: number
  /** When it was taken, by the monotonic clock. */
  readonly takenAt: number
}

/** Sends what this process counts to the stream, once in an interval, exactly once. */
export class Pusher {
  readonly #client: CommandClient
  readonly #keys: MetricsKeys
  readonly #source: DeltaSource
  readonly #identity: ProcessIdentity
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  readonly #timer: Timer
  /** Sequence of the last delta that was taken. */
  #sequence = 0
  /** A delta that may not have arrived. */
  #batch: Batch | undefined
  #pushing: Promise<boolean> | undefined
  #failures = 0
  /** Monotonic times, in ms. */
  #pausedUntil = 0
  #heardAt = Number.NEGATIVE_INFINITY

  /** @param onError called with the first failure of each outage */
  constructor(
    client: CommandClient,
    keys: MetricsKeys,
    source: DeltaSource,
    identity: ProcessIdentity,
    interval: number,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#client = client
    this.#keys = keys
    this.#source = source
    this.#identity = identity
    this.#clock = clock
    this.#onError = onError
    this.#timer = clock.setInterval(() => this.#tick(), interval).unref()
  }

  /** True if the last push did not arrive, as far as is known. */
  get fails(): boolean {
    return this.#failures > 0
  }

  /** Sends all that was counted until now. Never rejects; after a failure the rest is kept. */
  async flush(): Promise<void> {
    // A push that is under way has taken what was counted before it began, not what came later.
    while (this.#pushing) await this.#pushing
    await this.#push(false)
  }

  /** Sends the rest, and that this process has ended. */
  async close(): Promise<void> {
    this.#clock.clearInterval(this.#timer)
    while (this.#pushing) await this.#pushing
    await this.#push(true)
  }

  #tick(): void {
    // One push is under way at a time: it also ends when the client gives it up.
    if (this.#pushing || this.#clock.now() < this.#pausedUntil) return
    void this.#push(false)
  }

  /** @returns true if nothing is left to send */
  #push(closing: boolean): Promise<boolean> {
    this.#pushing ??= this.#sendAll(closing).finally(() => {
      this.#pushing = undefined
    })
    return this.#pushing
  }

  async #sendAll(closing: boolean): Promise<boolean> {
    try {
      const before = this.#batch
      if (before) await this.#send(before, false)
      this.#batch = undefined
      const delta = this.#source.take()
      if (delta) {
        const takenAt = this.#clock.now()
        const sequence = ++this.#sequence
        this.#batch = { sequence, data: await pack(delta), from: delta.from, to: delta.to, takenAt }
        await this.#send(this.#batch, closing)
        this.#batch = undefined
      } else if (closing || this.#clock.now() - this.#heardAt >= HEARTBEAT_EVERY) {
        await this.#send(undefined, closing)
      }
      this.#failures = 0
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  /** @param batch undefined for a sign of life */
  async #send(batch: Batch | undefined, closing: boolean): Promise<void> {
    const { id, node, boot } = this.#identity
    const age = batch ? Math.max(0, Math.round(this.#clock.now() - batch.takenAt)) : 0
    const about = { ...this.#identity.about, pages: this.#source.pages, closed: closing }
    await this.#client.run(
      PUSH,
      [this.#keys.deltas, this.#keys.seen],
      [
        ...[id, String(batch?.sequence ?? this.#sequence), batch?.data ?? '', JSON.stringify(about)],
        ...[node, boot, String(batch?.from ?? 0), String(batch?.to ?? 0), String(age)],
        ...[String(MAX_ENTRIES), String(KEYS_TTL)],
      ],
    )
    this.#heardAt = this.#clock.now()
  }

  #failed(error: unknown): void {
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE)
    this.#pausedUntil = this.#clock.now() + pause * (0.75 + Math.random() / 2)
    this.#failures++
    if (this.#failures === 1) this.#onError(error)
  }
}
