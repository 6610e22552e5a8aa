import { clientOf } from '../header.ts'
import { type FetchedTask, fetchedTask } from './fetched-task.ts'

/** Longest time until the next step for what becomes due, in ms. */
const LONGEST_DELAY = 60_000

/** Verbs of ends that do more than to acknowledge. */
export type EndVerb = 'done' | 'retry' | 'dead' | 'cancel' | 'return' | 'drop'

/** Ends of tasks since the last step of a worker: the arguments of its next one. */
export class StepBatch {
  /** Entries of completed tasks, by the number of their stream. */
  readonly #completed: readonly string[][] = [[], [], [], []]
  readonly #ended: string[] = []
  readonly #begun = new Map<string, string>()
  readonly #progress = new Map<string, string>()
  readonly #ends: string[] = []
  readonly #results = new Map<string, string[]>()
  /** Called when Redis has it all. */
  readonly #done: (() => void)[] = []
  #size = 0

  /** How many tasks have ended or begun. */
  get size(): number {
    return this.#size
  }

  complete(task: FetchedTask): void {
    this.#completed[task.stream - 1]?.push(task.entry)
    this.#size++
  }

  /**
   * Ends a task otherwise, or one that holds a key or a mark.
   *
   * @param stream the number of the stream that it is put into, if it is tried again
   * @param header in place of its own
   */
  end(verb: EndVerb, task: FetchedTask, stream: number, header: string, operand: string): void {
    // The script acknowledges in the stream that has the entry, and puts the task into its own.
    this.#ends.push(`${task.stream}${stream}`, task.entry, verb, header, task.argsText, operand)
    this.#size++
  }

  /** Removes an entry of the stream that wakes workers. */
  dropWake(entry: string): void {
    this.#ends.push('00', entry, 'drop', '', '', '')
    this.#size++
  }

  result(id: string, stored: string): void {
    const client = clientOf(id)
    const pairs = this.#results.get(client)
    if (pairs) pairs.push(id, stored)
    else this.#results.set(client, [id, stored])
  }

  /** Marks a task as one that runs. */
  begin(id: string, mark: string): void {
    this.#begun.set(id, mark)
    this.#size++
  }

  /** Removes the mark and the progress of a task. */
  unmark(id: string): void {
    this.#ended.push(id)
    this.#begun.delete(id)
    this.#progress.delete(id)
  }

  progress(id: string, json: string): void {
    this.#progress.set(id, json)
    this.#size++
  }

  onDone(call: () => void): void {
    this.#done.push(call)
  }

  done(): void {
    for (const call of this.#done) call()
  }

  /** Appends its parts to the arguments of the script. */
  writeTo(args: string[]): void {
    for (const entries of this.#completed) writeList(args, entries)
    writeList(args, this.#ended)
    writeList(args, [...this.#begun].flat())
    writeList(args, [...this.#progress].flat())
    writeList(args, this.#ends)
    args.push(String(this.#results.size))
    for (const [client, pairs] of this.#results) {
      args.push(client)
      writeList(args, pairs)
    }
  }
}

function writeList(args: string[], items: readonly string[]): void {
  args.push(String(items.length))
  for (const item of items) args.push(item)
}

/** The answer of a step. Durations are in ms. */
export interface StepReply {
  readonly paused: boolean
  /** The queue has a rate limit. */
  readonly limited: boolean
  /** Time until the rate limit lets the next task begin. */
  readonly wait: number
  /** Time until the next delayed task is due; -1 if there is none. */
  readonly nextDue: number
  /** As many tasks were read as were asked for: there may be more. */
  readonly more: boolean
  /** Number of the last cancellation. */
  readonly cancelSeen: string
  /** Ids of tasks that were cancelled since the last step. */
  readonly cancelled: readonly string[]
  readonly tasks: readonly FetchedTask[]
}

/** Reads the answer: a line of numbers, then three lines for each task. */
export function readStepReply(text: string): StepReply {
  const lines = text.split('\n')
  const [paused, limited, wait, nextDue, more, cancelSeen = '0', ...cancelled] = (lines[0] ?? '').split(' ')
  const tasks: FetchedTask[] = []
  for (let n = 1; n + 2 < lines.length; n += 3)
    tasks.push(fetchedTask(lines[n] ?? '', lines[n + 1] ?? '', lines[n + 2] ?? ''))
  return {
    paused: paused === '1',
    limited: limited === '1',
    wait: Number(wait),
    nextDue: Number(nextDue),
    more: more === '1',
    cancelSeen,
    cancelled,
    tasks,
  }
}

/**
 * Returns the time until a delayed task is due, or until the rate limit lets the next one begin, in
 * ms; undefined if there is none.
 */
export function timeToNextStep({ nextDue, wait, limited, paused }: StepReply): number | undefined {
  const times = [nextDue, limited && !paused && wait > 0 ? wait : -1].filter((time) => time >= 0)
  return times.length === 0 ? undefined : Math.min(LONGEST_DELAY, Math.max(1, Math.min(...times)))
}
