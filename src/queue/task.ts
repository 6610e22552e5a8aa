import { OptionError } from '../errors.ts'
import { show } from '../options/show.ts'
import type { Adder, Addition } from './adder.ts'
import { TaskHandle } from './handle.ts'
import { encodeHeader, type HeaderOptions } from './header.ts'
import { streamOf } from './keys.ts'
import { type CallOptions, type ResolvedCallOptions, resolveCallOptions } from './options/task-options.ts'
import type { QueueCore } from './queue-core.ts'
import type { Answers } from './results/answers.ts'
import { refuseCallTimes, type Schedule } from './schedule/schedules.ts'
import type { ScheduleOptions } from './schedule/timing.ts'
import { encodeArguments } from './serialize.ts'
import type { TaskDefinition } from './task-definition.ts'

/** Most tasks of a part of `addMany`. */
const PART = 250
/** About the most characters of a part of `addMany`. */
const PART_CHARACTERS = 500_000

/** A task of a queue: a function that adds a call of its handler. */
export interface Task<A extends readonly unknown[], R> {
  /**
   * Adds the task. Resolves when Redis has it.
   *
   * @throws TaskArgumentsError for arguments that cannot be sent, QueueError, ClosedError
   */
  (...args: A): Promise<TaskHandle<R>>
  /** The name that the task was defined by. */
  readonly name: string
  /**
   * Returns the same task with options for its calls. Those of an earlier `with` hold as well.
   *
   * @throws OptionError, DurationError
   *
   * @example
   * ```ts
   * await remind.with({ delay: '10m', unique: 'remind:7' })(7)
   * ```
   */
  with(options: CallOptions): Task<A, R>
  /**
   * Adds many calls, with one script for some hundreds of them. All arguments are checked before
   * the first call is added.
   *
   * @throws TaskArgumentsError, QueueError, ClosedError
   */
  addMany(calls: Iterable<A>): Promise<TaskHandle<R>[]>
  /**
   * Adds the task again and again, at times of a cron expression or of an interval, while a worker
   * of the queue lives. The same definition again changes nothing; another one of the same name
   * replaces the earlier one. It is kept in Redis until `queue.unschedule(name)`.
   *
   * @throws OptionError, DurationError, TaskArgumentsError, QueueError, ClosedError
   *
   * @example
   * ```ts
   * await report.schedule('daily', { cron: '30 3 * * *', timeZone: 'Europe/Berlin' }, 'sales')
   * ```
   */
  schedule(name: string, options: ScheduleOptions, ...args: A): Promise<Schedule>
}

/** The parts of a queue that add tasks. */
export interface TaskHost {
  readonly core: QueueCore
  readonly adder: Adder
  readonly answers: Answers
}

/** Makes the function of a task. */
export function createTask<A extends readonly unknown[], R>(
  host: TaskHost,
  definition: TaskDefinition,
  options: ResolvedCallOptions = {},
): Task<A, R> {
  const calls = new Calls<R>(host, definition, options)
  const task = async (...args: A) => calls.add(args)
  return Object.defineProperties(task, {
    name: { value: definition.name },
    with: {
      value: (more: CallOptions) => {
        const { delay, at, ...kept } = options
        const given = resolveCallOptions(definition.name, more)
        // The later time of beginning replaces the earlier one, in whatever form.
        const times = given.delay === undefined && given.at === undefined ? { delay, at } : {}
        return createTask<A, R>(host, definition, { ...kept, ...defined(times), ...given })
      },
    },
    addMany: { value: (list: Iterable<A>) => calls.addMany(list) },
    schedule: {
      value: async (name: string, times: ScheduleOptions, ...args: A) => {
        refuseCallTimes(definition.name, options)
        return calls.schedule(name, times, args)
      },
    },
  }) as unknown as Task<A, R>
}

function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** The calls of a task with one set of options. */
class Calls<R> {
  readonly #host: TaskHost
  readonly #definition: TaskDefinition
  readonly #stream: number
  readonly #headerOptions: HeaderOptions | undefined
  readonly #addOptions: string

  constructor(host: TaskHost, definition: TaskDefinition, options: ResolvedCallOptions) {
    this.#host = host
    this.#definition = definition
    this.#stream = streamOf(options.priority ?? definition.options.priority)
    this.#headerOptions = headerOptionsOf(options, this.#stream)
    this.#addOptions = addOptionsOf(options)
  }

  async add(args: readonly unknown[]): Promise<TaskHandle<R>> {
    this.#host.core.checkOpen()
    const addition = this.#encode(args)
    const { epoch } = this.#host.answers
    const taken = await this.#host.adder.add([addition])
    return this.#added(addition, taken.get(0), epoch)
  }

  async addMany(calls: Iterable<readonly unknown[]>): Promise<TaskHandle<R>[]> {
    this.#host.core.checkOpen()
    const additions = this.#encodeAll(calls)
    const { epoch } = this.#host.answers
    // All at once: the adder sends one call after the other.
    const parts = await Promise.all(
      partsOf(additions).map(async (part) => {
        const taken = await this.#host.adder.add(part)
        return part.map((addition, n) => this.#added(addition, taken.get(n), epoch))
      }),
    )
    return parts.flat()
  }

  schedule(name: string, times: ScheduleOptions, args: readonly unknown[]): Promise<Schedule> {
    const { core } = this.#host
    core.checkOpen()
    const task = this.#definition.name
    return core.schedules.define(name, times, {
      task,
      stream: this.#stream,
      options: this.#headerOptions,
      args: encodeArguments(task, args, core.options.maxBytes),
    })
  }

  #encodeAll(calls: Iterable<readonly unknown[]>): Addition[] {
    const { name } = this.#definition
    if (typeof calls !== 'object' || calls === null || !(Symbol.iterator in calls))
      throw new OptionError(
        `addMany() of the task "${name}" takes an array of arrays of arguments, not ${show(calls)}.`,
      )
    return Array.from(calls, (args, n) => {
      if (Array.isArray(args)) return this.#encode(args)
      throw new OptionError(
        `addMany() of the task "${name}": call ${n} is ${show(args)}. Each call is an array of its arguments, such as [[1], [2]].`,
      )
    })
  }

  #encode(args: readonly unknown[]): Addition {
    const { core, adder } = this.#host
    const { name } = this.#definition
    const json = encodeArguments(name, args, core.options.maxBytes)
    const id = adder.nextId()
    return {
      id,
      stream: this.#stream,
      header: encodeHeader(id, name, this.#headerOptions),
      args: json,
      options: this.#addOptions,
    }
  }

  #added({ id }: Addition, holder: string | undefined, epoch: number): TaskHandle<R> {
    const { core, answers } = this.#host
    const { name, options } = this.#definition
    const duplicate = holder !== undefined
    if (core.events.has('added'))
      core.events.emit({
        type: 'added',
        queue: core.name,
        id: holder ?? id,
        name,
        ...(duplicate && { duplicate }),
      })
    return new TaskHandle<R>(holder ?? id, {
      core,
      answers,
      epoch: duplicate ? 0 : epoch,
      stored: options.result,
      added: true,
    })
  }
}

/** Splits the calls of `addMany` into parts that fit into one script call. */
function partsOf(additions: readonly Addition[]): Addition[][] {
  const parts: Addition[][] = []
  let part: Addition[] = []
  let characters = 0
  for (const addition of additions) {
    part.push(addition)
    characters += addition.args.length
    if (part.length < PART && characters < PART_CHARACTERS) continue
    parts.push(part)
    part = []
    characters = 0
  }
  if (part.length > 0) parts.push(part)
  return parts
}

function headerOptionsOf(options: ResolvedCallOptions, stream: number): HeaderOptions | undefined {
  const { retries, timeout, order, unique, uniqueTtl } = options
  const header: HeaderOptions = {
    ...(stream !== streamOf('normal') && { p: stream }),
    ...(retries !== undefined && { r: retries === Infinity ? Number.MAX_SAFE_INTEGER : retries }),
    ...(timeout !== undefined && { t: timeout }),
    ...(order !== undefined && { o: order }),
    ...(unique !== undefined && uniqueTtl === undefined && { u: unique }),
  }
  return Object.keys(header).length === 0 ? undefined : header
}

function addOptionsOf({ delay, at, unique, uniqueTtl, order }: ResolvedCallOptions): string {
  const options = defined({ d: delay, at, u: unique, ut: uniqueTtl, o: order })
  return Object.keys(options).length === 0 ? '' : JSON.stringify(options)
}
