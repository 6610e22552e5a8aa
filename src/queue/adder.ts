import { randomBytes } from 'node:crypto'
import type { QueueCore } from './queue-core.ts'
import { ADD } from './scripts/add.ts'

/** Tasks and characters from which on a script call is full. Its last addition may exceed them. */
const MOST_TASKS = 500
const MOST_CHARACTERS = 1_000_000
/** How long Redis remembers the last batch of a client, in ms: longer than any repetition. */
const REMEMBERED = 600_000

/** A task as it is sent to be added. */
export interface Addition {
  readonly id: string
  readonly stream: number
  readonly header: string
  readonly args: string
  /** JSON for the script, or an empty string. */
  readonly options: string
}

interface Waiting {
  readonly additions: readonly Addition[]
  /** Receives the ids of tasks whose unique key was taken, by index. */
  readonly resolve: (taken: ReadonlyMap<number, string>) => void
  readonly reject: (error: unknown) => void
}

const NONE: ReadonlyMap<number, string> = new Map()

/**
 * Adds the tasks of a process to a queue. Those of one turn of the event loop, and those that come
 * while a batch is under way, go out as one script. One batch is under way at a time, so that a
 * batch of unknown outcome can be repeated before any other is sent.
 */
export class Adder {
  /** Names this process among the clients of the queue; ids of tasks begin with it. */
  readonly client = randomBytes(9).toString('base64url').replaceAll('-', '_')
  readonly #core: QueueCore
  #lastId = 0
  #batch = 0
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(core: QueueCore) {
    this.#core = core
  }

  nextId(): string {
    return `${this.client}-${(++this.#lastId).toString(36)}`
  }

  /**
   * Resolves when all are added, with the ids of tasks that were there for a unique key, by index.
   * More than fit into one call are added by several, one after the other.
   *
   * @throws QueueError, ClosedError
   */
  add(additions: readonly Addition[]): Promise<ReadonlyMap<number, string>> {
    if (additions.length === 0) return Promise.resolve(NONE)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ additions, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // The other calls of this turn come along.
    await undefined
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#send(batch)
    }
    this.#running = undefined
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    let chunk: Waiting[] = []
    let size = 0
    let characters = 0
    for (const one of batch) {
      chunk.push(one)
      size += one.additions.length
      for (const { header, args } of one.additions) characters += header.length + args.length
      if (size < MOST_TASKS && characters < MOST_CHARACTERS) continue
      await this.#sendChunk(chunk)
      chunk = []
      size = characters = 0
    }
    if (chunk.length > 0) await this.#sendChunk(chunk)
  }

  async #sendChunk(chunk: readonly Waiting[]): Promise<void> {
    try {
      if (chunk.length === 1 && chunk[0]) {
        chunk[0].resolve(await this.#call(chunk[0].additions))
        return
      }
      const taken = await this.#call(chunk.flatMap(({ additions }) => additions))
      let from = 0
      for (const { additions, resolve } of chunk) {
        const to = from + additions.length
        resolve(taken.size === 0 ? NONE : within(taken, from, to))
        from = to
      }
    } catch (error) {
      for (const { reject } of chunk) reject(error)
    }
  }

  async #call(additions: readonly Addition[]): Promise<ReadonlyMap<number, string>> {
    const args = [this.client, String(++this.#batch), String(REMEMBERED)]
    for (const { stream, header, args: json, options } of additions)
      args.push(STREAM_NUMBERS[stream] ?? '', header, json, options)
    const taken = (await this.#core.run(ADD, args, {
      uncertain: 'The task may have been added nevertheless',
    })) as (string | number)[]
    if (taken.length === 0) return NONE
    const byIndex = new Map<number, string>()
    for (let n = 0; n < taken.length; n += 2) byIndex.set(Number(taken[n]), String(taken[n + 1]))
    return byIndex
  }
}

const STREAM_NUMBERS = ['0', '1', '2', '3', '4']

function within(taken: ReadonlyMap<number, string>, from: number, to: number): Map<number, string> {
  const part = new Map<number, string>()
  for (const [index, id] of taken) if (index >= from && index < to) part.set(index - from, id)
  return part
}
