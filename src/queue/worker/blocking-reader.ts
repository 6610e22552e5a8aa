import { sleep } from '../../clock.ts'
import type { BlockingConnection } from '../../redis/blocking-connection.ts'
import { GROUP, STREAMS } from '../keys.ts'
import { readStreams } from '../stream-reply.ts'
import { fetchedTask } from './fetched-task.ts'
import type { QueueRunner } from './queue-runner.ts'

/** Time for which the server blocks, in ms. */
const BLOCK = 5_000

/** The worker that a blocking reader reads for. */
export interface ReaderHost {
  readonly workerId: string
  readonly closing: boolean
  /** True if a task that is read now could begin at once. */
  readonly idle: boolean
}

/**
 * Waits, by one connection, for the next task of several queues that are empty. It reads one entry
 * at a time, so that entries that wake workers reach one worker each.
 */
export class BlockingReader {
  readonly #connection: BlockingConnection
  readonly #runners: readonly QueueRunner[]
  readonly #host: ReaderHost
  #running = false

  constructor(connection: BlockingConnection, runners: readonly QueueRunner[], host: ReaderHost) {
    this.#connection = connection
    this.#runners = runners
    this.#host = host
  }

  /** Begins to read, unless it reads already or there is a reason not to. */
  start(): void {
    if (this.#running || !this.#mayRead()) return
    this.#running = true
    void this.#run()
  }

  close(): void {
    this.#connection.close()
  }

  /** Resolves when the server reads no more for it, after `close()`. */
  ended(): Promise<void> {
    return this.#connection.ended()
  }

  #mayRead(): boolean {
    return !this.#host.closing && this.#host.idle && !this.#runners.some(({ more }) => more)
  }

  async #run(): Promise<void> {
    try {
      while (this.#mayRead()) await this.#read()
    } finally {
      this.#running = false
    }
  }

  async #read(): Promise<void> {
    const places = new Map<string, { runner: QueueRunner; stream: number }>()
    for (const runner of this.#runners) {
      const { key } = runner.core
      places.set(`${key}:wake`, { runner, stream: 0 })
      if (!runner.mayBlock) continue
      for (const [n, name] of STREAMS.entries()) places.set(`${key}:${name}`, { runner, stream: n + 1 })
    }
    const keys = [...places.keys()]
    const [key = ''] = keys
    const head = ['GROUP', GROUP, this.#host.workerId, 'COUNT', '1', 'BLOCK', String(BLOCK), 'STREAMS']
    let reply: unknown
    try {
      reply = await this.#connection.send('XREADGROUP', [...head, ...keys, ...keys.map(() => '>')], {
        key,
        blockFor: BLOCK,
      })
    } catch (error) {
      await this.#failed(error)
      return
    }
    for (const { key: name, entries } of readStreams(reply)) {
      const place = places.get(this.#withoutPrefix(name))
      for (const [entry, fields] of entries) if (place) await deliver(place, String(entry), fields ?? [])
    }
  }

  /** A client may have a prefix for all keys, which the server's answers have as well. */
  #withoutPrefix(name: string): string {
    const prefix = this.#runners[0]?.core.client.keyPrefix ?? ''
    return name.startsWith(prefix) ? name.slice(prefix.length) : name
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#connection.closed || this.#host.closing) return
    const [first] = this.#runners
    const groupless = error instanceof Error && error.message.includes('NOGROUP')
    if (!groupless) first?.core.report(error)
    // FLUSHALL removes the groups; an answer that was lost may have had an entry.
    for (const runner of this.#runners) {
      if (groupless) await runner.prepare().catch((failure: unknown) => runner.core.report(failure))
      else runner.reconcile()
    }
    if (!groupless) await sleep(50, first?.core.clock)
  }
}

async function deliver(
  { runner, stream }: { runner: QueueRunner; stream: number },
  entry: string,
  fields: readonly Buffer[],
): Promise<void> {
  if (stream === 0) {
    // Before the next read: the queue may be paused.
    await runner.woken(entry)
    return
  }
  // What is not a task goes to the dead letters by a step.
  const task = readFields(fields.map(String))
  if (task) runner.receive(fetchedTask(stream + entry, ...task))
  else runner.reconcile()
}

/** Returns header and arguments; undefined for an entry that this package does not write. */
function readFields(fields: readonly string[]): [header: string, args: string] | undefined {
  const [h, header, a, args] = fields
  if (fields.length !== 4 || h !== 'h' || a !== 'a' || header === undefined || args === undefined)
    return undefined
  return header.includes('\n') || args.includes('\n') ? undefined : [header, args]
}
