import type { Clock, Timer } from '../clock.ts'
import { StoreError, StoreTimeoutError } from '../errors.ts'
import { keyPrefixOf, type RedisClient } from './client.ts'
import { Connection, type Ownership } from './connection.ts'
import { storeFailure } from './failure.ts'
import { runScript } from './run-script.ts'
import type { ScriptText } from './script-text.ts'

/**
 * Silence of a server that owes replies, in ms, after which calls fail at once until it replies.
 */
export const SILENT_AFTER = 1_000
/** Silence, in ms, after which a connection that this package made is reopened. */
const DEAD_AFTER = 5_000
/** Interval of the checks for silence while replies are due, in ms. */
const WATCH_EVERY = 250
/** Most commands under way: far above what a healthy server lets accumulate. */
export const MAX_WAITING = 1_000
/** Shortest interval between reconnects because a server says that it is a replica, in ms. */
const LEAVE_REPLICA_EVERY = 10_000

/** A command that was sent and has no reply yet. */
class Trip {
  readonly sentAt: number
  readonly giveUp: (error: Error) => void

  constructor(sentAt: number, giveUp: (error: Error) => void) {
    this.sentAt = sentAt
    this.giveUp = giveUp
  }
}

/**
 * Sends commands to one server, over one ioredis client, and only if they are sent at once: during
 * an outage ioredis would queue the commands of every page in memory. So:
 *
 * - the first commands wait for the first connection, for at most 1 s;
 * - without a connection calls fail at once, and ioredis connects again by itself;
 * - if the server accepts commands and does not reply, calls fail after {@link SILENT_AFTER} ms,
 *   and nothing more is sent until it replies.
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

  /**
   * @param owner the subject of the message of a ClosedError, such as `The Redis store`
   * @param scripts loaded at each connection, before any other command
   */
  constructor(
    owner: string,
    client: RedisClient,
    may: Ownership,
    scripts: readonly ScriptText[],
    clock: Clock,
  ) {
    this.#client = client
    this.#clock = clock
    // Before any other command, so that each `run` is one round trip. If it fails, `run` notices.
    this.#connection = new Connection(owner, client, may, clock, () => {
      for (const { text } of scripts) client.script('LOAD', text).catch(() => {})
    })
  }

  /** For messages. */
  get server(): string {
    return this.#connection.server
  }

  /** Prefix that ioredis adds to each key of a command. */
  get keyPrefix(): string {
    return keyPrefixOf(this.#client)
  }

  /** True if a command would be sent now, to a server that replies. */
  get serves(): boolean {
    return this.#connection.ready && !this.#silent
  }

  /** Time that the server has owed a reply and sent none, in ms; undefined if it owes none. */
  get quietFor(): number | undefined {
    const [oldest] = this.#waiting
    return oldest && this.#clock.now() - Math.max(oldest.sentAt, this.#answeredAt)
  }

  /** Connects a client that was made with `lazyConnect`. */
  open(): void {
    this.#connection.open()
  }

  /**
   * Sends one command, or one pipeline. Calls of one turn of the event loop share a round trip.
   *
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
        giveUp(this.#connection.closed ? this.#connection.closedError() : failure)
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

  /** Runs a script. Sends its text if the server does not know it (`SCRIPT FLUSH`, a restart). */
  async run(
    script: ScriptText,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<unknown[]> {
    const send = (command: 'evalsha' | 'eval', name: string) =>
      this.send((client) => client[command](name, keys.length, ...keys, ...args))
    return (await runScript(send, script)) as unknown[]
  }

  /** Returns the server's time, in ms since 1970. */
  async time(): Promise<number> {
    const [seconds, micros] = await this.send((client) => client.time())
    return Number(seconds) * 1000 + Number(micros) / 1000
  }

  /** To open other connections to the same server. */
  get client(): RedisClient {
    return this.#client
  }

  checkOpen(): void {
    this.#connection.checkOpen()
  }

  /** Reconnects where a message says that the server is a replica: a failover moves the address. */
  leaveReplica(message: string): void {
    const now = this.#clock.now()
    if (!/READONLY|MASTERDOWN/.test(message) || now - this.#leftReplicaAt < LEAVE_REPLICA_EVERY) return
    this.#leftReplicaAt = now
    this.#connection.reconnect()
  }

  /** Leaves a node that has left its cluster. Commands under way fail with its connection. */
  drop(): void {
    this.#connection.detach()
  }

  /** Closes the client, unless it is the application's. */
  close(): Promise<void> {
    this.#clock.clearTimeout(this.#watch)
    const closed = this.#connection.close()
    for (const trip of this.#waiting) trip.giveUp(this.#connection.closedError())
    this.#waiting.clear()
    return closed
  }

  #settled(trip: Trip): void {
    this.#waiting.delete(trip)
    this.#answeredAt = this.#clock.now()
    this.#silent = false
  }

  /** Lets the process read its sockets first: after a long task a reply may be waiting there. */
  readonly #look = (): void => {
    this.#clock.setImmediate(() => this.#checkSilence())
  }

  #checkSilence(): void {
    this.#watch = undefined
    if (this.#connection.closed) return
    const silentFor = this.quietFor
    if (silentFor === undefined) return
    this.#watch = this.#clock.setTimeout(this.#look, WATCH_EVERY).unref()
    this.#silent = silentFor >= SILENT_AFTER
    if (!this.#silent) return
    // They stay in the set: ioredis keeps them until a reply arrives or the connection is lost.
    for (const trip of this.#waiting) trip.giveUp(this.#silence())
    if (silentFor >= DEAD_AFTER) this.#connection.reconnect()
  }

  #silence(): StoreTimeoutError {
    return new StoreTimeoutError(
      `${this.server} has not answered for ${SILENT_AFTER} ms: nothing more is sent until it does`,
    )
  }
}
