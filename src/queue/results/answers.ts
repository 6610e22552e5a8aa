import type { Timer } from '../../clock.ts'
import type { BlockingConnection } from '../../redis/blocking-connection.ts'
import type { QueueCore } from '../queue-core.ts'
import { FIND_RESULTS, LISTEN } from '../scripts/find-results.ts'
import { readStreams } from '../stream-reply.ts'
import { RecentAnswers } from './recent-answers.ts'

/** Time for which the server blocks, in ms. */
const BLOCK = 5_000
/** Time after which the stream of answers expires if no process reads it, in ms. */
const STREAM_TTL = 60_000
/** Time without a waiting result after which the connection is closed, in ms. */
const IDLE = 30_000
/** Interval at which results that are waited for are looked up, in case a message was lost. */
const LOOK_UP_EVERY = 15_000
/** Most ids of one lookup. */
const MOST_IDS = 500

type Receive = (stored: string) => void

/**
 * Receives the results of a queue for one process: by one stream, which one connection reads,
 * whatever the number of results that are waited for. The connection is opened at the first.
 */
export class Answers {
  readonly #core: QueueCore
  readonly #client: string
  readonly #key: string
  readonly #waiting = new Map<string, Set<Receive>>()
  readonly #recent = new RecentAnswers()
  #epoch = 0
  /** The stream is there. */
  #ready = false
  #listening: Promise<void> | undefined
  #connection: BlockingConnection | undefined
  #lastId = '0-0'
  #idleSince = 0
  #lookups: string[] = []
  #timer: Timer | undefined

  constructor(core: QueueCore, client: string) {
    this.#core = core
    this.#client = client
    this.#key = `${core.key}:answers:${client}`
  }

  /**
   * Number of the present time of listening; 0 if there is none. All results of tasks that were
   * added meanwhile reach this process, while the number is the same.
   */
  get epoch(): number {
    return this.#ready ? this.#epoch : 0
  }

  /**
   * Calls back with the stored result of a task.
   *
   * @param epoch the one at which the task was added; 0 if it is not known
   * @returns a function that ends the wait
   */
  wait(id: string, epoch: number, receive: Receive, fail: (error: unknown) => void): () => void {
    const recent = this.#recent.take(id)
    if (recent !== undefined) {
      receive(recent)
      return () => {}
    }
    const set = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, set.add(receive))
    const end = () => {
      set.delete(receive)
      if (set.size === 0 && this.#waiting.get(id) === set) this.#waiting.delete(id)
      this.#idleSince = this.#core.clock.now()
    }
    this.#listen().then(
      () => {
        // Everything since then came by the stream, and would be among the recent ones.
        if (epoch === 0 || epoch !== this.#epoch || this.#recent.evicted) this.#lookUp(id)
      },
      (error: unknown) => {
        end()
        fail(error)
      },
    )
    return end
  }

  close(): void {
    this.#core.clock.clearInterval(this.#timer)
    this.#connection?.close()
    this.#connection = undefined
    this.#ready = false
  }

  #listen(): Promise<void> {
    if (this.#connection && this.#listening) return this.#listening
    this.#connection = this.#core.client.blocking()
    this.#epoch++
    this.#recent.clear()
    this.#idleSince = this.#core.clock.now()
    this.#listening = this.#keep().then(
      () => {
        this.#ready = true
        this.#timer = this.#core.clock.setInterval(this.#lookUpAll, LOOK_UP_EVERY).unref()
        void this.#read()
      },
      (error: unknown) => {
        this.#stop()
        throw error
      },
    )
    return this.#listening
  }

  #stop(): void {
    this.close()
    this.#listening = undefined
  }

  /** Creates the stream, or lets it live on. */
  async #keep(): Promise<void> {
    const missing = await this.#core.run(LISTEN, [this.#client, String(STREAM_TTL), this.#lastId])
    if (missing === 1 && this.#timer) this.#lookUpAll()
  }

  async #read(): Promise<void> {
    const connection = this.#connection
    const { clock } = this.#core
    let keptAt = clock.now()
    while (connection && connection === this.#connection) {
      let reply: unknown
      try {
        const args = ['COUNT', '100', 'BLOCK', String(BLOCK), 'STREAMS', this.#key, this.#lastId]
        reply = await connection.send('XREAD', args, { key: this.#key, blockFor: BLOCK })
      } catch (error) {
        if (connection.closed) return
        // The stream keeps what was sent: the next read begins where this one did.
        if (!(await this.#mayGoOn(error))) return
      }
      this.#receive(reply)
      if (reply && clock.now() - keptAt < STREAM_TTL / 4) continue
      if (this.#waiting.size === 0 && clock.now() - this.#idleSince > IDLE) return this.#stop()
      keptAt = clock.now()
      await this.#keep().catch((error: unknown) => this.#core.report(error))
    }
  }

  /** Waits a little, so that a refusal is not repeated fast. Returns false after close. */
  async #mayGoOn(error: unknown): Promise<boolean> {
    if (this.#core.closed) return false
    this.#core.report(error)
    await new Promise<void>((resolve) => {
      this.#core.clock.setTimeout(resolve, 100)
    })
    return !this.#core.closed
  }

  #receive(reply: unknown): void {
    const [stream] = readStreams(reply)
    for (const [entryId, fields] of stream?.entries ?? []) {
      this.#lastId = entryId.toString()
      for (let n = 0; fields && n < fields.length; n += 2) {
        const id = String(fields[n])
        if (id !== '') this.#deliver(id, String(fields[n + 1]))
      }
    }
  }

  #deliver(id: string, stored: string): void {
    const set = this.#waiting.get(id)
    if (!set) {
      this.#recent.add(id, stored)
      return
    }
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#idleSince = this.#core.clock.now()
    for (const receive of set) receive(stored)
  }

  #lookUp(id: string): void {
    this.#lookups.push(id)
    if (this.#lookups.length > 1) return
    // Those of one turn share a call.
    queueMicrotask(() => {
      const ids = this.#lookups
      this.#lookups = []
      for (let from = 0; from < ids.length; from += MOST_IDS)
        void this.#find(ids.slice(from, from + MOST_IDS))
    })
  }

  readonly #lookUpAll = (): void => {
    for (const id of this.#waiting.keys()) this.#lookUp(id)
  }

  async #find(ids: readonly string[]): Promise<void> {
    const waiting = ids.filter((id) => this.#waiting.has(id))
    if (waiting.length === 0 || this.#core.closed) return
    try {
      const { resultTtl } = this.#core.options
      const found = (await this.#core.run(FIND_RESULTS, [
        this.#client,
        String(resultTtl),
        ...waiting,
      ])) as unknown[]
      for (const [n, id] of waiting.entries()) {
        const stored = found[n]
        if (typeof stored === 'string' && this.#waiting.has(id)) this.#deliver(id, stored)
      }
    } catch (error) {
      // The next lookup finds them.
      this.#core.report(error)
    }
  }
}
