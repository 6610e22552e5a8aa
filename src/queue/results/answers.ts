import type { Timer } from '../../clock.ts'
import type { QueueCore } from '../queue-core.ts'
import { FIND_RESULTS, INTERRUPT, LISTEN } from '../scripts/find-results.ts'
import { FIND_GONE } from '../scripts/task-state.ts'
import type { StreamEntries } from '../stream-reply.ts'
import { type AnswerReader, type AnswerSource, readerOf } from './answer-reader.ts'
import { unknownTask } from './outcome.ts'
import { RecentAnswers } from './recent-answers.ts'

/** Time after which the stream of answers expires if no process reads it, in ms. */
const STREAM_TTL = 60_000
/** Time without a waiting result after which the stream is no longer read, in ms. */
const IDLE = 30_000
/** Interval at which results that are waited for are looked up, in case a message was lost. */
const LOOK_UP_EVERY = 15_000
/** Most ids of one lookup. */
const MOST_IDS = 500

/** A wait for a result. One of the two is called, at most once. */
export interface Wait {
  receive(stored: string): void
  fail(error: unknown): void
}

/**
 * Receives the results of a queue for one process: by one stream, whatever the number of results
 * that are waited for. It is read from the first wait on.
 */
export class Answers implements AnswerSource {
  readonly core: QueueCore
  readonly key: string
  readonly #client: string
  readonly #reader: AnswerReader
  readonly #waiting = new Map<string, Set<Wait>>()
  readonly #recent = new RecentAnswers()
  /** Ids that the queue knew nothing of at the last look. */
  #missing: ReadonlySet<string> = new Set()
  #epoch = 0
  /** The stream is there. */
  #ready = false
  #listening: Promise<void> | undefined
  #lastId = '0-0'
  #keptAt = 0
  #idleSince = 0
  #lookups: string[] = []
  #timer: Timer | undefined

  constructor(core: QueueCore, client: string) {
    this.core = core
    this.#client = client
    this.key = `${core.key}:answers:${client}`
    this.#reader = readerOf(core)
  }

  /**
   * Number of the present time of listening; 0 if there is none. All results of tasks that were
   * added meanwhile reach this process, while the number is the same.
   */
  get epoch(): number {
    return this.#ready ? this.#epoch : 0
  }

  get lastId(): string {
    return this.#lastId
  }

  /**
   * Waits for the stored result of a task. Fails if the queue turns out to have no such task.
   *
   * @param epoch the one at which the task was added; 0 if it is not known
   * @returns a function that ends the wait
   */
  wait(id: string, epoch: number, wait: Wait): () => void {
    const recent = this.#recent.take(id)
    if (recent !== undefined) {
      wait.receive(recent)
      return () => {}
    }
    const set = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, set.add(wait))
    const end = () => {
      set.delete(wait)
      if (set.size === 0 && this.#waiting.get(id) === set) this.#waiting.delete(id)
      this.#idleSince = this.core.clock.now()
    }
    this.#listen().then(
      () => {
        // Everything since then came by the stream, and would be among the recent ones.
        if (epoch === 0 || epoch !== this.#epoch || this.#recent.evicted) this.#lookUp(id)
      },
      (error: unknown) => {
        end()
        wait.fail(error)
      },
    )
    return end
  }

  close(): void {
    this.core.clock.clearInterval(this.#timer)
    this.#timer = undefined
    this.#reader.remove(this)
    this.#ready = false
    this.#listening = undefined
  }

  receive(entries: StreamEntries['entries']): void {
    for (const [entryId, fields] of entries) {
      this.#lastId = entryId.toString()
      for (let n = 0; fields && n < fields.length; n += 2) {
        const id = String(fields[n])
        if (id !== '') this.#deliver(id, String(fields[n + 1]))
      }
    }
  }

  async keepUp(quiet: boolean): Promise<void> {
    const now = this.core.clock.now()
    if (!quiet && now - this.#keptAt < STREAM_TTL / 4) return
    if (this.#waiting.size === 0 && now - this.#idleSince > IDLE) {
      this.close()
      return
    }
    await this.#keep().catch((error: unknown) => this.core.report(error))
  }

  async interrupt(): Promise<void> {
    await this.core.run(INTERRUPT, [this.#client]).catch((error: unknown) => this.core.report(error))
  }

  #listen(): Promise<void> {
    if (this.#listening) return this.#listening
    this.#epoch++
    this.#recent.clear()
    this.#idleSince = this.core.clock.now()
    const listening = this.#keep().then(
      () => {
        // It may have been closed meanwhile.
        if (this.#listening !== listening) return
        this.#ready = true
        this.#timer = this.core.clock.setInterval(() => void this.#lookAgain(), LOOK_UP_EVERY).unref()
        this.#reader.add(this)
      },
      (error: unknown) => {
        if (this.#listening === listening) this.#listening = undefined
        throw error
      },
    )
    this.#listening = listening
    return listening
  }

  /** Creates the stream, or lets it live on. */
  async #keep(): Promise<void> {
    this.#keptAt = this.core.clock.now()
    const missing = await this.core.run(LISTEN, [this.#client, String(STREAM_TTL), this.#lastId])
    if (missing === 1 && this.#ready) for (const id of this.#waiting.keys()) this.#lookUp(id)
  }

  #deliver(id: string, stored: string): void {
    const set = this.#waiting.get(id)
    if (!set) {
      this.#recent.add(id, stored)
      return
    }
    this.#forget(id)
    for (const { receive } of set) receive(stored)
  }

  #forget(id: string): void {
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#idleSince = this.core.clock.now()
  }

  #lookUp(id: string): void {
    this.#lookups.push(id)
    if (this.#lookups.length > 1) return
    // Those of one turn share a call.
    queueMicrotask(() => {
      const ids = this.#lookups
      this.#lookups = []
      void this.#find(ids)
    })
  }

  /**
   * Looks up all results that are waited for. A task that is gone twice in a row fails: after the
   * first time its result may still be under way.
   */
  async #lookAgain(): Promise<void> {
    await this.#find([...this.#waiting.keys()])
    const gone = await this.#inParts(FIND_GONE, [], [...this.#waiting.keys()])
    const before = this.#missing
    this.#missing = new Set(gone.map(String))
    for (const id of this.#missing) {
      const set = before.has(id) && this.#waiting.get(id)
      if (!set) continue
      this.#forget(id)
      for (const { fail } of set) fail(unknownTask(this.core.name, id))
    }
  }

  async #find(ids: readonly string[]): Promise<void> {
    const waiting = ids.filter((id) => this.#waiting.has(id))
    const head = [this.#client, String(this.core.options.resultTtl)]
    const found = await this.#inParts(FIND_RESULTS, head, waiting)
    for (const [n, id] of waiting.entries()) {
      const stored = found[n]
      if (typeof stored === 'string' && this.#waiting.has(id)) this.#deliver(id, stored)
    }
  }

  /** Runs a script with some ids after the others. What fails is left to the next look. */
  async #inParts(script: typeof FIND_GONE, head: readonly string[], ids: readonly string[]) {
    const found: unknown[] = []
    try {
      for (let from = 0; from < ids.length && !this.core.closed; from += MOST_IDS) {
        const part = ids.slice(from, from + MOST_IDS)
        found.push(...((await this.core.run(script, [...head, ...part])) as unknown[]))
      }
    } catch (error) {
      this.core.report(error)
    }
    return found
  }
}
