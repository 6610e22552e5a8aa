import { sleep } from '../../clock.ts'
import type { BlockingConnection } from '../../redis/blocking-connection.ts'
import { isClient } from '../../redis/client.ts'
import type { QueueCore } from '../queue-core.ts'
import { readStreams, type StreamEntries } from '../stream-reply.ts'

/** Time for which the server blocks, in ms. */
const BLOCK = 5_000
/** Pause after a refusal, in ms. */
const PAUSE = 100

/** The stream of answers of one queue. */
export interface AnswerSource {
  readonly core: QueueCore
  readonly key: string
  /** Id up to which the stream was read. */
  readonly lastId: string
  receive(entries: StreamEntries['entries']): void
  /**
   * Lets the stream live on, or leaves the reader. Called after each read.
   *
   * @param quiet nothing came by any stream while the server blocked
   */
  keepUp(quiet: boolean): Promise<void>
  /** Ends a read that blocks, by an entry without an answer. */
  interrupt(): Promise<void>
}

/** Reads the streams of answers of several queues by one connection, which blocks. */
export class AnswerReader {
  readonly #sources = new Set<AnswerSource>()
  #connection: BlockingConnection | undefined
  #running = false

  add(source: AnswerSource): void {
    const [other] = this.#sources
    this.#sources.add(source)
    if (!this.#running) void this.#run()
    // The read that is under way does not have its stream. Without this it would begin later.
    else void other?.interrupt()
  }

  remove(source: AnswerSource): void {
    this.#sources.delete(source)
    if (this.#sources.size > 0) return
    this.#connection?.close()
    this.#connection = undefined
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let [first] = this.#sources; first; [first] = this.#sources) {
      // It is closed with the queue by which it was opened: another one goes on.
      if (!this.#connection || this.#connection.closed) this.#connection = first.core.client.blocking()
      await this.#read(this.#connection, [...this.#sources])
    }
    this.#running = false
  }

  async #read(connection: BlockingConnection, sources: readonly AnswerSource[]): Promise<void> {
    const [first] = sources
    if (!first) return
    const keys = sources.map(({ key }) => key)
    const ids = sources.map(({ lastId }) => lastId)
    const args = ['COUNT', '100', 'BLOCK', String(BLOCK), 'STREAMS', ...keys, ...ids]
    let reply: unknown
    try {
      reply = await connection.send('XREAD', args, { key: first.key, blockFor: BLOCK })
    } catch (error) {
      if (connection.closed) return
      // The streams keep what was sent: the next read begins where this one did.
      first.core.report(error)
      await sleep(PAUSE, first.core.clock)
    }
    const prefix = first.core.client.keyPrefix
    for (const { key, entries } of readStreams(reply))
      sources.find((source) => prefix + source.key === key)?.receive(entries)
    const quiet = reply === null || reply === undefined
    await Promise.all([...this.#sources].map((source) => source.keepUp(quiet)))
  }
}

const shared = new WeakMap<object, AnswerReader>()

/**
 * Returns the reader of a queue's answers: one for all queues that were given the same client. In a
 * Redis Cluster each queue has its own, since one command cannot read from several slots.
 */
export function readerOf({ client, options }: QueueCore): AnswerReader {
  const { redis } = options
  if (!isClient(redis) || client.isCluster) return new AnswerReader()
  const known = shared.get(redis)
  if (known) return known
  const reader = new AnswerReader()
  shared.set(redis, reader)
  return reader
}
