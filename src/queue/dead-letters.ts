import { OptionError } from '../errors.ts'
import { readCount, readString } from '../options/read-option.ts'
import { isPlainObject, show } from '../options/show.ts'
import { refuseUnknownOptions } from '../options/unknown-option.ts'
import { decodeHeader } from './header.ts'
import { type Priority, priorityOf } from './keys.ts'
import type { QueueCore } from './queue-core.ts'
import { decodeError, type StoredError } from './results/outcome.ts'
import { DELETE_DEAD, LIST_DEAD, RETRY_DEAD } from './scripts/dead-letters.ts'

/** Most letters of one script call. */
const CHUNK = 500

/** A task that failed for good. */
export interface DeadLetter {
  /** Id of the task; of what is not a task, `entry-` and the id of its entry. */
  readonly id: string
  /** Name of the task; an empty string for what is not a task. */
  readonly name: string
  /** Arguments of the task; undefined if they cannot be decoded. */
  readonly args: readonly unknown[] | undefined
  /** Text of the arguments, as Redis has it. */
  readonly argsText: string
  /** Priority of the task. */
  readonly priority: Priority
  /** Attempts that had failed before the last one. */
  readonly failures: number
  /** Workers that died while they ran it. */
  readonly crashes: number
  /** The error of the last attempt. */
  readonly error: StoredError
  /** The time at which it failed for good. */
  readonly failedAt: Date
}

/** Options of `queue.dead.list()`. */
export interface DeadListOptions {
  /**
   * Most letters that are returned, at most 1,000.
   *
   * @defaultValue 100
   */
  readonly limit?: number | undefined
  /**
   * Id of the last letter of the previous page: the list begins after it.
   *
   * @defaultValue none: the list begins with the newest
   */
  readonly before?: string | undefined
}

/** The dead letters of a queue: tasks that failed for good, until they are retried or deleted. */
export class DeadLetters {
  readonly #core: QueueCore

  /** @internal */
  constructor(core: QueueCore) {
    this.#core = core
  }

  /** Returns dead letters, the newest first. @throws OptionError, QueueError, ClosedError */
  async list(options: DeadListOptions = {}): Promise<DeadLetter[]> {
    if (!isPlainObject(options))
      throw new OptionError(`dead.list() takes options such as { limit: 100 }, not ${show(options)}.`)
    refuseUnknownOptions('dead.list()', options, ['limit', 'before'], { count: 'limit', cursor: 'before' })
    const limit = options.limit ?? 100
    const before = readString('before', options.before ?? '')
    const most = Math.min(1000, readCount('limit', limit, 1))
    const found = (await this.#core.run(LIST_DEAD, [String(most), before])) as string[]
    const letters: DeadLetter[] = []
    for (let n = 0; n + 2 < found.length; n += 3)
      letters.push(readLetter(found[n] ?? '', found[n + 1] ?? '', found[n + 2] ?? ''))
    return letters
  }

  /**
   * Runs tasks again, with all of their attempts. What is not a task stays.
   *
   * @returns how many went back
   * @throws OptionError, QueueError, ClosedError
   */
  async retry(ids: string | readonly string[]): Promise<number> {
    return this.#each('retry', ids, RETRY_DEAD)
  }

  /** Runs all tasks again that are dead letters now. @throws QueueError, ClosedError */
  async retryAll(): Promise<number> {
    const ids: string[] = []
    for (let page = await this.list({ limit: CHUNK }); page.length > 0; ) {
      ids.push(...page.map(({ id }) => id))
      page = await this.list({ limit: CHUNK, before: ids.at(-1) })
    }
    return this.retry(ids)
  }

  /**
   * Deletes dead letters.
   *
   * @returns how many there were
   * @throws OptionError, QueueError, ClosedError
   */
  async delete(ids: string | readonly string[]): Promise<number> {
    return this.#each('delete', ids, DELETE_DEAD)
  }

  async #each(method: string, ids: unknown, script: typeof RETRY_DEAD): Promise<number> {
    const list: readonly unknown[] = Array.isArray(ids) ? ids : [ids]
    const checked = list.map((id) => {
      if (typeof id === 'string' && id !== '') return id
      throw new OptionError(`dead.${method}() takes the id of a task, or an array of them, not ${show(id)}.`)
    })
    let total = 0
    for (let from = 0; from < checked.length; from += CHUNK)
      total += Number(await this.#core.run(script, checked.slice(from, from + CHUNK)))
    return total
  }
}

function readLetter(id: string, time: string, packed: string): DeadLetter {
  const [first = '', argsText = '', error = ''] = packed.split('\n')
  const [, name = '', options = {}] = decodeHeader(first.slice(1)) ?? []
  return {
    id,
    name,
    args: parseArray(argsText),
    argsText,
    priority: priorityOf(Number(first.charAt(0))),
    failures: options.n ?? 0,
    crashes: options.c ?? 0,
    error: decodeError(error),
    failedAt: new Date(Number(time)),
  }
}

function parseArray(json: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
