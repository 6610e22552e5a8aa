import { type Clock, processClock } from '../clock.ts'
import { OptionError, RegisteredError } from '../errors.ts'
import { show } from '../options/show.ts'
import { Adder } from './adder.ts'
import { DeadLetters } from './dead-letters.ts'
import type { QueueEventType, QueueListener } from './events.ts'
import { TaskHandle } from './handle.ts'
import { checkName } from './keys.ts'
import { resolveQueueOptions, type TaskQueueOptions } from './options/queue-options.ts'
import { resolveTaskOptions, type TaskOptions } from './options/task-options.ts'
import type { WorkerOptions } from './options/worker-options.ts'
import { QueueCore } from './queue-core.ts'
import { type QueueInfo, readQueueInfo } from './queue-info.ts'
import { Answers } from './results/answers.ts'
import type { Schedule } from './schedule/schedules.ts'
import { PAUSE } from './scripts/pause.ts'
import { createTask, type Task } from './task.ts'
import { checkHandler, type TaskContext } from './task-context.ts'
import { Worker } from './worker/worker.ts'

/** A handler of a task. `this` is the attempt's context, which arrow functions do without. */
export type TaskHandler<A extends readonly unknown[], R> = (this: TaskContext, ...args: A) => R

/**
 * A queue of tasks, in Redis 6.2 or later. Any process may add tasks; workers, in this process or
 * in others, run them. A task runs at least once: it is acknowledged after its handler is done and
 * its result is stored.
 *
 * @example
 * ```ts
 * const queue = new TaskQueue('mail', { redis: 'redis://localhost:6379' })
 * const add = queue.task('add', (a: number, b: number) => a + b)
 * const worker = queue.worker({ concurrency: 16 })
 * const handle = await add(1, 2)
 * await handle.result() // 3
 * ```
 */
export class TaskQueue {
  /** Name of the queue. */
  readonly name: string
  /** @internal */
  readonly core: QueueCore
  /** Tasks that failed for good. */
  readonly dead: DeadLetters
  readonly #adder: Adder
  readonly #answers: Answers
  #closing: Promise<void> | undefined

  /** @throws OptionError, DurationError */
  constructor(name: string, options: TaskQueueOptions)
  /** @internal */
  constructor(name: string, options: TaskQueueOptions, clock: Clock)
  constructor(name: string, options: TaskQueueOptions, clock = processClock) {
    this.name = checkName('The name of a queue', name)
    this.core = new QueueCore(this.name, resolveQueueOptions(options), clock)
    this.dead = new DeadLetters(this.core)
    this.#adder = new Adder(this.core)
    this.#answers = new Answers(this.core, this.#adder.client)
  }

  /**
   * Defines a task. Without a handler, this process can add the task but not run it: give its type
   * as `queue.task<[n: number], number>('fib')`.
   *
   * @throws OptionError, RegisteredError if the name is defined already
   *
   * @example
   * ```ts
   * const fib = queue.task('fib', { retries: 3, timeout: '30s' }, (n: number) => compute(n))
   * ```
   */
  task<A extends readonly unknown[], R>(name: string, handler: TaskHandler<A, R>): Task<A, Awaited<R>>
  task<A extends readonly unknown[], R>(
    name: string,
    options?: TaskOptions,
    handler?: TaskHandler<A, R>,
  ): Task<A, Awaited<R>>
  task<A extends readonly unknown[], R>(
    name: string,
    second: TaskOptions | TaskHandler<A, R> = {},
    third?: TaskHandler<A, R>,
  ): Task<A, Awaited<R>> {
    this.core.checkOpen()
    const checked = checkName(`The name of a task of the queue "${this.name}"`, name)
    const short = typeof second === 'function'
    if (short && third !== undefined)
      throw new OptionError(
        `The task "${checked}": the options come before the handler, not ${show(second)}.`,
      )
    const handler = short ? second : third
    checkHandler(checked, handler)
    if (this.core.definitions.has(checked))
      throw new RegisteredError(`The queue "${this.name}" has a task "${checked}" already.`)
    const definition = { name: checked, options: resolveTaskOptions(checked, short ? {} : second), handler }
    this.core.definitions.set(checked, definition)
    return createTask({ core: this.core, adder: this.#adder, answers: this.#answers }, definition)
  }

  /** Returns a handle of a task that was added, by any process. @throws OptionError */
  handle<R = unknown>(id: string): TaskHandle<R> {
    // Ids come from visitors, and go to workers in lines: a line end would forge a task.
    if (typeof id !== 'string' || !/^[^\s\p{Cc}]{1,300}$/u.test(id))
      throw new OptionError(
        `The id of a task must be a string of 1 to 300 characters without white space, not ${show(id)}.`,
      )
    return new TaskHandle<R>(id, {
      core: this.core,
      answers: this.#answers,
      epoch: 0,
      stored: true,
      added: false,
    })
  }

  /** Returns the schedules of the queue, the next one first. @throws QueueError, ClosedError */
  async schedules(): Promise<readonly Schedule[]> {
    this.core.checkOpen()
    return this.core.schedules.list()
  }

  /**
   * Removes a schedule. A task that it has added already is run.
   *
   * @returns false if there is none of this name
   * @throws OptionError, QueueError, ClosedError
   */
  async unschedule(name: string): Promise<boolean> {
    this.core.checkOpen()
    return this.core.schedules.remove(name)
  }

  /** Starts a worker for this queue alone. @throws OptionError, DurationError, ClosedError */
  worker(options: WorkerOptions = {}): Worker {
    return new Worker(this, options)
  }

  /** Returns what waits, what runs where, and how fast. @throws QueueError, ClosedError */
  info(): Promise<QueueInfo> {
    return readQueueInfo(this.core)
  }

  /**
   * Lets no task begin, on any worker, until {@link TaskQueue.resume}. Tasks that run go on; tasks
   * may be added.
   *
   * @throws QueueError, ClosedError
   */
  async pause(): Promise<void> {
    await this.core.run(PAUSE, ['1'])
    this.core.events.emit({ type: 'paused', queue: this.name })
  }

  /** Ends a pause. @throws QueueError, ClosedError */
  async resume(): Promise<void> {
    await this.core.run(PAUSE, ['0'])
    this.core.events.emit({ type: 'resumed', queue: this.name })
  }

  /**
   * Calls a function for each event of a type, or for all events. Events are those of this process.
   *
   * @returns a function that removes the listener
   * @throws OptionError
   *
   * @example
   * ```ts
   * queue.on('dead', ({ name, id, error }) => log.error(error, `${name} ${id} failed for good`))
   * ```
   */
  on<T extends QueueEventType>(type: T, listener: QueueListener<T>): () => void
  on(listener: QueueListener): () => void
  on(first: unknown, second?: unknown): () => void {
    if (typeof first === 'function') return this.core.events.subscribeToAll(first)
    return this.core.events.subscribe([first], second)
  }

  /**
   * Closes the workers that this process has for the queue, and its connections. Tasks that are
   * being added are waited for; waits for results end with a ClosedError. A client that was handed
   * in stays open. A second call waits for the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.core.workers].map((worker) => worker.close()))
    await this.#adder.settled()
    for (const end of [...this.core.waits]) end()
    this.#answers.close()
    await this.core.client.close()
  }
}
