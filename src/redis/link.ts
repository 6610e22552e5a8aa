import type { Clock, Timer } from '../clock.ts'
import { ClosedError, StoreError, StoreTimeoutError } from '../errors.ts'
import { keyPrefixOf, type RedisClient } from './client.ts'
import { Connection, type Ownership } from './connection.ts'
import { storeFailure } from './failure.ts'
import type { ScriptText } from './script-text.ts'

/** How long a server may keep silent while it owes answers; then calls fail at once, until it answers. */
export const SILENT_AFTER = 1_000
/** How long until a connection of our own that is silent is given up and opened anew. */
const DEAD_AFTER = 5_000
/** How often a link that waits for answers looks at the clock. */
const WATCH_EVERY = 250
/** How many commands may wait for their answers: far above what a healthy server lets come together. */
export const MAX_WAITING = 1_000
/** How often a server that says it is a replica is left, for another one behind the same address. */
const LEAVE_REPLICA_EVERY = 10_000

/** A command that was sent and is not answered. */
class Trip {
  readonly sentAt: number
  readonly giveUp: (error: Error) => void

  constructor(sentAt: number, giveUp: (error: Error) => void) {
    this.sentAt = sentAt
    this.giveUp = giveUp
  }
}

/**
 * The way to one server, over one ioredis client. It sends a command only where it will go out at once: ioredis
 * would keep it in memory through an outage, and every page's commands with it. So:
 *
 * - the very first commands wait for the first connection, but no longer than a second;
 * - while there is no connection, calls fail at once; ioredis connects again by itself;
 * - when the server accepts commands and does not answer, what waits is given up after {@link SILENT_AFTER}
 *   and nothing more is sent until it answers.
 */
export class RedisLink {
  readonly #connection: Connection
  readonly #client: RedisClient
  readonly #clock: Clock
  readonly #waiting = new Set<Trip>()
  #answeredAt = 0
  #silent = false
  #watch: Timer | undefined
  #leftReplicaAt = Number.NEGATIVE_INFINITY

  /** @param scripts loaded at each connection, before any other command */
  constructor(client: RedisClient, may: Ownership, scripts: readonly ScriptText[], clock: Clock) {
    this.#client = client
    this.#clock = clock
    // Before any page's command, so that each page's write is one trip. Where it fails, `run` finds out.
    this.#connection = new Connection(client, may, clock, () => {
      for (const { text } of scripts) client.script('LOAD', text).catch(() => {})
    })
  }

  /** For messages. */
  get server(): string {
    return this.#connection.server
  }

  /** Which ioredis puts before every key of a command. */
  get keyPrefix(): string {
    return keyPrefixOf(this.#client)
  }

  /** Whether a command would go out now, to a server that answers. */
  get serves(): boolean {
    return this.#connection.ready && !this.#silent
  }

  /** For how long it has owed an answer, and given none, in ms; undefined where it owes none. */
  get quietFor(): number | undefined {
    const [oldest] = this.#waiting
    return oldest && this.#clock.now() - Math.max(oldest.sentAt, this.#answeredAt)
  }

  /** Connects a client that was made with `lazyConnect`. */
  open(): void {
    this.#connection.open()
  }

  /**
   * Sends one command, or one pipeline. Calls of the same turn of the event loop share one round trip.
   * @throws ClosedError, StoreError, StoreTimeoutError
   */
  async send<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    this.checkOpen()
    if (!this.#connection.ready) await this.#connection.connected()
    if (this.#silent) throw this.#silence()
    if (this.#waiting.size >= MAX_WAITING) {
      throw new StoreError(
        `${this.server} has ${MAX_WAITING} commands to answer: nothing more is sent meanwhile`,
      )
    }
    return new Promise<T>((resolve, giveUp) => {
      const trip = new Trip(this.#clock.now(), giveUp)
      const fail = (error: unknown) => {
        this.#settled(trip)
        const failure = storeFailure(this.server, 'failed', error)
        giveUp(this.#connection.closed ? new ClosedError('The Redis store') : failure)
        this.leaveReplica(failure.message)
      }
      this.#waiting.add(trip)
      this.#watch ??= this.#clock.setTimeout(this.#look, WATCH_EVERY).unref()
      try {
        command(this.#client).then((answer) => {
          this.#settled(trip)
          resolve(answer)
        }, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  /** Runs a script; where the server does not know it (`SCRIPT FLUSH`, a restart just now) sends its text. */
  async run(
    script: ScriptText,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<unknown[]> {
    const answers = await this.send((client) =>
      client.evalsha(script.sha, keys.length, ...keys, ...args),
    ).catch((error: unknown) => {
      if (!(error instanceof StoreError && /NOSCRIPT/.test(error.message))) throw error
      return this.send((client) => client.eval(script.text, keys.length, ...keys, ...args))
    })
    return answers as unknown[]
  }

  /** To open other connections to the same server by. */
  get client(): RedisClient {
    return this.#client
  }

  checkOpen(): void {
    this.#connection.checkOpen()
  }

  /** After a failover the address may belong to another server than the one that says so: look again. */
  leaveReplica(says: string): void {
    const now = this.#clock.now()
    if (!/READONLY|MASTERDOWN/.test(says) || now - this.#leftReplicaAt < LEAVE_REPLICA_EVERY) return
    this.#leftReplicaAt = now
    this.#connection.reconnect()
  }

  /** For a node that has left its cluster: what is under way fails by itself, with its connection. */
  drop(): void {
    this.#connection.detach()
  }

  /** Closes a connection that is ours; leaves one that was handed in as it is. */
  close(): Promise<void> {
    this.#clock.clearTimeout(this.#watch)
    const closed = this.#connection.close()
    for (const trip of this.#waiting) trip.giveUp(new ClosedError('The Redis store'))
    this.#waiting.clear()
    return closed
  }

  #settled(trip: Trip): void {
    this.#waiting.delete(trip)
    this.#answeredAt = this.#clock.now()
    this.#silent = false
  }

  /** A process that was busy for long has not read its sockets yet, where the answer may lie: it does so first. */
  readonly #look = (): void => {
    this.#clock.setImmediate(() => this.#judge())
  }

  #judge(): void {
    this.#watch = undefined
    if (this.#connection.closed) return
    const silentFor = this.quietFor
    if (silentFor === undefined) return
    this.#watch = this.#clock.setTimeout(this.#look, WATCH_EVERY).unref()
    this.#silent = silentFor >= SILENT_AFTER
    if (!this.#silent) return
    // They stay among the waiting: ioredis holds them until they are answered or the connection is gone.
    for (const trip of this.#waiting) trip.giveUp(this.#silence())
    if (silentFor >= DEAD_AFTER) this.#connection.reconnect()
  }

  #silence(): StoreTimeoutError {
    return new StoreTimeoutError(
      `${this.server} has not answered for ${SILENT_AFTER} ms: nothing more is sent until it does`,
    )
  }
}
