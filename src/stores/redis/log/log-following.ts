import type { Clock, Timer } from '../../../clock.ts'
import { describeServer, type RedisServerClient } from '../../../redis/client.ts'
import { storeFailure, withoutCommand } from '../../../redis/failure.ts'
import { keepsConnecting } from '../../../redis/keeps-connecting.ts'
import { survivesSurplusReplies } from '../../../redis/surplus-replies.ts'
import type { Follower, Following, FollowOptions } from '../../store.ts'
import { APPEND_ENTRY } from './append.ts'
import { DamagedReply, JOINED, readAppended, readEntries, readStreams } from './log-entries.ts'
import type { ResolvedLogOptions } from './log-options.ts'
import { type LogPlace, LogPosition } from './log-position.ts'

/** Most entries of one reply. */
const PAGE = 500
/** Longest time that one XREAD waits for an entry, in ms. */
const LONGEST_BLOCK = 1_000
/**
 * Pause after a reply with entries, in ms, so that many writes cost each process at most 100
 * replies a second. Shorter if copies may be old for a short time only.
 */
const PAUSE = 10
/** Time without a reply after which the connection is reopened, in ms. */
const DEAD_AFTER = 5_000
/** Pause before the next attempt where the server refuses, in ms, and where it is changing. */
const REFUSED_PAUSE = 5_000
const CHANGING_PAUSE = 100

/** Errors of a server that is becoming another's replica, that loads, or that lost the slot. */
const CHANGING = /^(UNBLOCKED|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK) ?/

interface LogFollowingSettings {
  readonly retryStrategy?: (times: number) => number
  /** Called for an error of a server that is changing. */
  readonly onChanging?: (error: Error) => void
}

/**
 * Follows the writes of a store by its log: reads it by XREAD, which waits for entries, on a
 * connection of its own. A reply means that all entries from before it was asked for have been
 * reported. A new connection to the same server goes on at the position of the last one.
 */
export class LogFollowing implements Following {
  readonly #main: RedisServerClient
  readonly #client: RedisServerClient
  readonly #stopConnecting: () => void
  readonly #key: string
  readonly #maxLength: number
  readonly #position: LogPosition
  readonly #clock: Clock
  readonly #follower: Follower
  readonly #block: number
  readonly #pause: number
  readonly #onChanging: (error: Error) => void
  readonly #watch: Timer
  /** Counts connections and attempts: the reads of earlier ones end. */
  #turn = 0
  #timer: Timer | undefined
  /** The process of the server that the position is of. */
  #runId: string | undefined
  #isFollowing = false
  #askedAt: number | undefined
  #failure: Error | undefined
  #closed = false

  /**
   * @param main client of the store: when it reconnects, perhaps to another server, this one does
   * too
   */
  constructor(
    main: RedisServerClient,
    { key, maxLength }: ResolvedLogOptions,
    clock: Clock,
    follower: Follower,
    { every, prefix }: FollowOptions,
    settings: LogFollowingSettings = {},
  ) {
    this.#main = main
    this.#key = key
    this.#maxLength = maxLength
    this.#position = new LogPosition(follower, prefix)
    this.#clock = clock
    this.#follower = follower
    this.#block = Math.min(every, LONGEST_BLOCK)
    this.#pause = Math.min(PAUSE, every / 10)
    this.#onChanging = settings.onChanging ?? (() => {})
    const client = main.duplicate({
      replyMapping: 'legacy',
      enableAutoPipelining: false,
      lazyConnect: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      // They would end a connection that waits for entries.
      commandTimeout: undefined,
      socketTimeout: undefined,
      blockingTimeout: undefined,
      ...(settings.retryStrategy && { retryStrategy: settings.retryStrategy }),
    })
    this.#client = client
    client.on('ready', this.#begin)
    client.on('close', this.#lost)
    client.on('error', (error) => {
      this.#failure = this.#failureOf('tells no changes', error)
    })
    survivesSurplusReplies(client, this.#distrust)
    this.#stopConnecting = keepsConnecting(client, clock)
    main.on('close', this.#reconnect)
    this.#watch = clock.setInterval(this.#checkSilence, Math.max(every, LONGEST_BLOCK)).unref()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#lost()
    this.#closed = true
    this.#clock.clearInterval(this.#watch)
    this.#main.off('close', this.#reconnect)
    this.#stopConnecting()
    this.#client.disconnect()
  }

  readonly #begin = async (): Promise<void> => {
    if (this.#closed) return
    const turn = ++this.#turn
    const isCurrent = () => turn === this.#turn
    try {
      await this.#checkServer()
      const askedAt = this.#clock.now()
      // A write, which a replica refuses.
      const joined = await this.#join()
      const caughtUp = isCurrent() && (await this.#catchUp(isCurrent))
      if (!isCurrent()) return
      if (!caughtUp) this.#position.startAt(joined)
      this.#isFollowing = true
      this.#failure = undefined
      this.#follower.following()
      this.#follower.toldUntil(askedAt)
      while (isCurrent()) await this.#readNext(isCurrent)
    } catch (error) {
      if (isCurrent()) this.#failed(error)
    }
  }

  /** Another process may not have all that this position has seen, or may have lost it. */
  async #checkServer(): Promise<void> {
    // A proxy may know no INFO: then the numbers of the entries alone decide.
    const info = await this.#ask(() => this.#client.info('server')).catch(() => '')
    const runId = /^run_id:(\S+)/m.exec(info)?.[1] ?? ''
    if (runId !== this.#runId) this.#position.forget()
    this.#runId = runId
  }

  async #join(): Promise<LogPlace> {
    const args = [this.#key, String(this.#maxLength), JOINED, '[]']
    return readAppended(await this.#ask(() => this.#client.eval(APPEND_ENTRY.text, 1, ...args)))
  }

  /** Reads the log up to its end. Returns false if entries are missing. */
  async #catchUp(isCurrent: () => boolean): Promise<boolean> {
    for (;;) {
      const { id } = this.#position
      if (id === undefined) return false
      const reply = await this.#ask(() => this.#client.xrange(this.#key, id, '+', 'COUNT', PAGE))
      if (!isCurrent()) return false
      const entries = readEntries(reply)
      if (!this.#position.resume(entries)) return false
      if (entries.length < PAGE) return true
    }
  }

  async #readNext(isCurrent: () => boolean): Promise<void> {
    const askedAt = this.#clock.now()
    const after = this.#position.id ?? '0'
    const reply = await this.#ask(() =>
      this.#client.xread('COUNT', PAGE, 'BLOCK', this.#block, 'STREAMS', this.#key, after),
    )
    if (!isCurrent()) return
    if (reply === null) return this.#checkEnd(isCurrent)
    const entries = readStreams(reply)
    this.#position.advance(entries)
    if (entries.length === PAGE) return
    this.#follower.toldUntil(askedAt)
    await new Promise<void>((resolve) => {
      this.#clock.setTimeout(resolve, this.#pause).unref()
    })
  }

  /** Checks that the log still has the last entry: XREAD waits for one that was removed, too. */
  async #checkEnd(isCurrent: () => boolean): Promise<void> {
    const askedAt = this.#clock.now()
    if (!(await this.#catchUp(isCurrent))) {
      if (!isCurrent()) return
      const joined = await this.#join()
      if (!isCurrent()) return
      this.#position.startAt(joined)
    }
    this.#follower.toldUntil(askedAt)
  }

  /** Notes since when a reply is due. */
  async #ask<T>(send: () => Promise<T>): Promise<T> {
    const turn = this.#turn
    this.#askedAt = this.#clock.now()
    try {
      return await send()
    } finally {
      if (turn === this.#turn) this.#askedAt = undefined
    }
  }

  readonly #checkSilence = (): void => {
    if (this.#askedAt !== undefined && this.#clock.now() - this.#askedAt >= DEAD_AFTER) this.#reconnect()
  }

  #failed(error: unknown): void {
    // A connection that was lost begins again by itself.
    if (this.#client.status !== 'ready') return
    const cause = withoutCommand(error)
    if (cause instanceof DamagedReply) {
      this.#failure = this.#failureOf('tells no changes', cause)
      return this.#distrust()
    }
    const isChanging = CHANGING.test(cause.message)
    this.#end(isChanging ? undefined : this.#failureOf('refuses to log or to tell changes', cause))
    if (isChanging) this.#onChanging(cause)
    const next = cause.message.startsWith('READONLY') ? this.#leave : this.#begin
    this.#timer = this.#clock
      .setTimeout(() => void next(), isChanging ? CHANGING_PAUSE : REFUSED_PAUSE)
      .unref()
  }

  /** Handles a reply that belongs to no command: earlier ones may have been wrong, too. */
  readonly #distrust = (): void => {
    this.#position.forget()
    this.#reconnect()
  }

  readonly #reconnect = (): void => {
    if (this.#closed || this.#client.status !== 'ready') return
    this.#end(this.#failure)
    this.#leave()
  }

  readonly #leave = (): void => {
    if (!this.#closed) this.#client.disconnect(true)
  }

  readonly #lost = (): void => {
    if (this.#isFollowing || this.#failure !== undefined) this.#end(this.#failure)
    else this.#turn++
  }

  #end(failure: Error | undefined): void {
    this.#turn++
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#askedAt = undefined
    this.#isFollowing = false
    this.#follower.lost(failure)
  }

  #failureOf(doing: string, error: unknown): Error {
    return storeFailure(describeServer(this.#client), doing, error)
  }
}
