import type { Client } from '../clients/client.ts'
import type { Alarm, ServerClock } from '../clock.ts'
import type { Database } from '../data/database.ts'

/** A command that waits for keys. */
export interface Wait {
  readonly client: Client
  readonly database: Database
  /** Each once. */
  readonly keys: readonly string[]
  /** How long it waits, in ms; 0 without an end. */
  readonly timeout: number
  /**
   * True to try again after each change of a key, for streams. Without it only after the key has
   * come into being: as in Redis, a list that is stored over another value serves no client.
   */
  readonly onEachChange?: boolean
  /**
   * Tries again with one of the keys. Returns the reply; undefined if there is still
   * nothing. A CommandError that it throws is the reply.
   */
  retry(key: string): string | undefined
  /** The reply after the timeout. */
  timedOut(): string
}

/** Encodes what a `retry` throws. */
interface ErrorReplies {
  reply(command: string, thrown: unknown): string
}

/** Counts an error that a client is answered that waited. */
export type CountError = (client: Client, reply: string) => void

interface Waiting extends Wait {
  alarm: Alarm | undefined
}

/**
 * The clients that wait for keys: BLPOP, BZPOPMIN, XREAD BLOCK ... Those that wait for the same key
 * are served in the order in which they began to wait, after the command that changed the key.
 */
export class BlockedClients {
  readonly #clock: ServerClock
  readonly #errors: ErrorReplies
  readonly #countError: CountError
  readonly #byKey = new Map<Database, Map<string, Set<Waiting>>>()
  #changed: { database: Database; key: string; isNew: boolean }[] = []
  #serving = false
  /** Number of clients that wait. */
  size = 0

  constructor(clock: ServerClock, errors: ErrorReplies, countError: CountError) {
    this.#clock = clock
    this.#errors = errors
    this.#countError = countError
  }

  /** Blocks a client. The command that calls it returns NO_REPLY. */
  wait(wait: Wait): void {
    const waiting: Waiting = { ...wait, alarm: undefined }
    const { client, timeout } = wait
    if (timeout > 0)
      waiting.alarm = this.#clock.schedule(this.#clock.now + timeout, () =>
        this.#finish(waiting, wait.timedOut()),
      )
    this.size++
    for (const key of wait.keys) this.#waitersOf(wait.database, key).add(waiting)
    client.block = {
      release: () => this.#forget(waiting),
      timeOut: () => this.#finish(waiting, wait.timedOut()),
      fail: (error) => this.#finish(waiting, error),
    }
  }

  /** Notes that a key has come into being: whoever waits for it is served by the next `serve()`. */
  added(database: Database, key: string): void {
    if (this.size > 0) this.#note(database, key, true)
  }

  /** Notes that a key was changed or removed. */
  changed(database: Database, key: string): void {
    if (this.size > 0) this.#note(database, key, false)
  }

  #note(database: Database, key: string, isNew: boolean): void {
    if (this.#byKey.get(database)?.has(key)) this.#changed.push({ database, key, isNew })
  }

  /** Serves those that wait for keys that were changed. Called after each command. */
  serve(): void {
    if (this.#changed.length === 0 || this.#serving) return
    this.#serving = true
    try {
      // What a retry changes may serve others.
      for (let next = this.#changed.shift(); next; next = this.#changed.shift())
        this.#serveKey(next.database, next.key, next.isNew)
    } finally {
      this.#serving = false
    }
  }

  /** Two databases were exchanged: those that wait in either look again. */
  lookAgain(database: Database): void {
    for (const key of this.#byKey.get(database)?.keys() ?? []) this.#note(database, key, true)
  }

  #serveKey(database: Database, key: string, isNew: boolean): void {
    for (const waiting of [...(this.#byKey.get(database)?.get(key) ?? [])]) {
      if (!isNew && !waiting.onEachChange) continue
      // It was released meanwhile.
      if (!this.#byKey.get(database)?.get(key)?.has(waiting)) continue
      const { client } = waiting
      client.isRunning = true
      const reply = this.#retry(waiting, key)
      if (reply !== undefined) this.#finish(waiting, reply)
      client.isRunning = false
      client.releasePushes()
    }
  }

  #retry(waiting: Waiting, key: string): string | undefined {
    try {
      return waiting.retry(key)
    } catch (thrown) {
      return this.#errors.reply(waiting.client.lastCommand, thrown)
    }
  }

  #finish(waiting: Waiting, reply: string): void {
    const { client } = waiting
    this.#forget(waiting)
    if (reply.charCodeAt(0) === 45) this.#countError(client, reply)
    client.answer(reply)
    client.link.resume()
  }

  #forget(waiting: Waiting): void {
    if (waiting.client.block === undefined) return
    waiting.client.block = undefined
    this.#clock.cancel(waiting.alarm)
    this.size--
    const byKey = this.#byKey.get(waiting.database)
    for (const key of waiting.keys) {
      const waiters = byKey?.get(key)
      waiters?.delete(waiting)
      if (waiters?.size === 0) byKey?.delete(key)
    }
  }

  #waitersOf(database: Database, key: string): Set<Waiting> {
    const byKey = this.#byKey.get(database) ?? new Map<string, Set<Waiting>>()
    this.#byKey.set(database, byKey)
    const waiters = byKey.get(key) ?? new Set<Waiting>()
    byKey.set(key, waiters)
    return waiters
  }
}
