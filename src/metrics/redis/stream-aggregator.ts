import { randomBytes } from 'node:crypto'
import type { Clock, Timer } from '../../clock.ts'
import type { CommandClient } from '../../redis/command-client.ts'
import { textOf } from '../../streams/replies.ts'
import { type ChangedBucket, LaterReleaseError } from './bucket-values.ts'
import { millisecondsOf } from './delta-entries.ts'
import type { MetricsKeys } from './keys.ts'
import { APPLY, CLAIM, RELEASE } from './scripts.ts'
import { SECONDS_KEPT } from './steps.ts'

/** Interval in which entries are added to the buckets, in ms. Readers add the later ones. */
const APPLY_EVERY = 10_000
/** Length of the lease, in ms: after it another process goes on. */
const LEASE = 30_000
/** Most entries of one round: of 4 KB each, reading 100 of them takes Redis a millisecond. */
const MOST_ENTRIES = 100
/** Number of failures in a row that is reported. */
const FAILURES_REPORTED = 2
/** How long `applied` lives, in ms: as long as the stream. Without it buckets still say it. */
const APPLIED_TTL = 30 * 24 * 3_600_000
/** Pause in which a process of a later release may take over, in ms. */
const GIVE_WAY_FOR = 2 * LEASE

/** Entries of a stream, and the buckets that they are added to. */
export interface Aggregation<Entry extends { readonly id: string }> {
  /** Reads entries from a reply to XRANGE. */
  entriesOf(reply: unknown): readonly Entry[]
  /**
   * Adds entries to their buckets, and returns those to be written.
   *
   * @param now the server's time
   */
  add(entries: readonly Entry[], now: number): Promise<readonly ChangedBucket[]>
  /** Drops what is in memory: another process may have written since. */
  forget(): void
}

/**
 * Adds the entries of a stream to minutes, hours and days. Of all processes one does so, which
 * has a lease in Redis; two at once add nothing twice, since each bucket is written only if no
 * other process has added anything since it was read.
 */
export class StreamAggregator<Entry extends { readonly id: string }> {
  protected readonly client: CommandClient
  readonly #keys: Pick<MetricsKeys, 'deltas' | 'applied' | 'lease'>
  protected readonly clock: Clock
  readonly #onError: (error: unknown) => void
  readonly #token = randomBytes(9).toString('base64url')
  readonly #buckets: Aggregation<Entry>
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  /** Id that this process has written last as that of the last applied entry. */
  #applied: string | undefined
  /** Monotonic times, in ms. */
  #pausedUntil = 0
  #failures = 0
  #closed = false

  /** @param onError called once where one run after the other fails */
  constructor(
    client: CommandClient,
    keys: Pick<MetricsKeys, 'deltas' | 'applied' | 'lease'>,
    buckets: Aggregation<Entry>,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.client = client
    this.#keys = keys
    this.clock = clock
    this.#onError = onError
    this.#buckets = buckets
    // Processes that start at one time ask at different ones.
    this.#plan(APPLY_EVERY * (0.5 + Math.random() / 2))
  }

  /** Adds what is in the stream now, if no other process has the lease. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#rounds().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Gives back the lease. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true
    this.clock.clearTimeout(this.#timer)
    await this.#running
    await this.#release()
  }

  #plan(delay: number): void {
    this.#timer = this.clock
      .setTimeout(() => {
        void this.run().then(() => {
          if (!this.#closed) this.#plan(APPLY_EVERY)
        })
      }, delay)
      .unref()
  }

  async #rounds(): Promise<void> {
    if (this.clock.now() < this.#pausedUntil) return
    try {
      let more = true
      while (more && !this.#closed) more = await this.#round()
      this.#failures = 0
    } catch (error) {
      // Entries stay in the stream until a round succeeds.
      this.#buckets.forget()
      // The pushes of this process notice an outage of Redis, too, and report it.
      this.#failures++
      if (this.#failures === FAILURES_REPORTED) this.#onError(error)
      if (!(error instanceof LaterReleaseError)) return
      this.#pausedUntil = this.clock.now() + GIVE_WAY_FOR
      await this.#release()
    }
  }

  /** @returns true if there may be more entries */
  async #round(): Promise<boolean> {
    const { deltas, applied, lease } = this.#keys
    const claimArgs = [this.#token, String(LEASE), String(MOST_ENTRIES)]
    const reply = (await this.client.runBuffer(CLAIM, [deltas, applied, lease], claimArgs)) as unknown[]
    if (reply.length === 0) {
      this.#buckets.forget()
      return false
    }
    const now = Number(textOf(reply[0]))
    const after = textOf(reply[1])
    if (after !== this.#applied) this.#buckets.forget()
    const entries = this.#buckets.entriesOf(reply[2])
    if (entries.length > 0) await this.#apply(after, entries, now)
    await this.tidy()
    return entries.length === MOST_ENTRIES
  }

  async #apply(after: string, entries: readonly Entry[], now: number): Promise<void> {
    const last = (entries.at(-1) as Entry).id
    const changed = await this.#buckets.add(entries, now)
    const oldest = millisecondsOf(last) < now - SECONDS_KEPT ? last : String(now - SECONDS_KEPT)
    const args: (string | Buffer)[] = [after, last, oldest, String(APPLIED_TTL)]
    for (const { ttl, value } of changed) args.push(String(ttl), value)
    const keys = [this.#keys.deltas, this.#keys.applied, ...changed.map(({ key }) => key)]
    // Where the reply is lost, the next claim says how far the buckets are.
    this.#applied = undefined
    const wrote = await this.client.run(APPLY, keys, args)
    if (Number(wrote) === 1) this.#applied = last
    else this.#buckets.forget()
  }

  /** Called after each round. */
  protected async tidy(): Promise<void> {}

  async #release(): Promise<void> {
    await this.client.run(RELEASE, [this.#keys.lease], [this.#token]).catch(() => {})
  }
}
