import { type Clock, sleep } from '../clock.ts'
import { ClosedError, QueueError, StoreError, StoreTimeoutError } from '../errors.ts'
import { CommandClient } from '../redis/command-client.ts'
import type { ScriptText } from '../redis/script-text.ts'
import { QueueEvents } from './events.ts'
import { queueKey } from './keys.ts'
import type { ResolvedQueueOptions } from './options/queue-options.ts'
import { Schedules } from './schedule/schedules.ts'
import { ADD } from './scripts/add.ts'
import { RENEW } from './scripts/renew.ts'
import { STEP } from './scripts/step.ts'
import type { TaskDefinition } from './task-definition.ts'

/** Pauses between repetitions of a call whose connection was lost, in ms. */
const FIRST_PAUSE = 20
const LONGEST_PAUSE = 1_000

/** Answers of the server by which it may serve again by itself, and ioredis after many of them. */
const PASSING = /LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|BUSY |UNBLOCKED|Cluster redirections/

/** Limits of a call to Redis. */
export interface CallLimits {
  /** Longest time, in ms. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Ends the message of a failure whose outcome is not known. */
  readonly uncertain?: string | undefined
}

/** The parts of a queue that its tasks, handles and workers share. */
export class QueueCore {
  readonly name: string
  readonly key: string
  /** Keys of each script. */
  readonly keys: readonly string[]
  readonly options: ResolvedQueueOptions
  readonly clock: Clock
  readonly client: CommandClient
  readonly events = new QueueEvents()
  /** Tasks that this process has defined, by name. */
  readonly definitions = new Map<string, TaskDefinition>()
  /** Workers of this process, which `close` closes. */
  readonly workers = new Set<{ close(): Promise<void> }>()
  /** Ends of waits that `close` calls. */
  readonly waits = new Set<() => void>()
  readonly schedules: Schedules

  constructor(name: string, options: ResolvedQueueOptions, clock: Clock) {
    this.name = name
    this.key = queueKey(options.prefix, name)
    this.options = options
    this.clock = clock
    this.client = new CommandClient(
      `The queue "${name}"`,
      'TaskQueue',
      options.redis,
      [ADD, STEP, RENEW],
      clock,
    )
    this.keys = this.client.isCluster ? [this.key, `${this.key}:absent`] : [this.key]
    this.schedules = new Schedules({
      run: (script, args) => this.run(script, args),
      clock,
      onError: (error) => this.report(error),
    })
  }

  get closed(): boolean {
    return this.client.closed
  }

  /** @throws ClosedError */
  checkOpen(): void {
    this.client.checkOpen()
  }

  /**
   * Runs a script, and again if its connection was lost: every script may be repeated.
   *
   * @throws QueueError, ClosedError, the reason of the signal
   */
  async run(script: ScriptText, args: readonly string[], limits: CallLimits = {}): Promise<unknown> {
    const { signal, timeout = this.options.timeout, uncertain } = limits
    // Without an AbortController, which takes longer than the call itself.
    return new Promise((resolve, reject) => {
      const giveUpAt = this.clock.now() + timeout
      const tooLate = `did not answer the queue "${this.name}" within ${timeout} ms${uncertain ? `: ${uncertain}` : ''}`
      const timer = this.clock.setTimeout(
        () => reject(new QueueError(`${this.client.server} ${tooLate}.`)),
        timeout,
      )
      this.#repeat(script, args, giveUpAt, signal, uncertain)
        .then(resolve, reject)
        .finally(() => this.clock.clearTimeout(timer))
    })
  }

  async #repeat(
    script: ScriptText,
    args: readonly string[],
    giveUpAt: number,
    signal: AbortSignal | undefined,
    uncertain: string | undefined,
  ): Promise<unknown> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await this.client.run(script, this.keys, args, { signal })
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof ClosedError || !mayRepeat(error)) throw this.#failure(error)
        if (this.clock.now() + pause > giveUpAt) throw this.#failure(error, uncertain)
      }
      await sleep(pause, this.clock)
    }
  }

  /** Reports a failure that no call can be told about. */
  report(error: unknown): void {
    if (this.events.has('error'))
      this.events.emit({ type: 'error', queue: this.name, error: this.#failure(error) })
  }

  #failure(error: unknown, uncertain?: string): Error {
    if (!(error instanceof StoreError || error instanceof StoreTimeoutError))
      return error instanceof Error ? error : new QueueError(String(error))
    const { cause } = error
    const full = cause instanceof Error && cause.message.includes('OOM')
    const message = full
      ? `${this.client.server} is full: raise maxmemory. The policy of a server with queues must be noeviction`
      : error.message
    return new QueueError(`Queue "${this.name}": ${message}${uncertain ? `. ${uncertain}` : ''}`, { cause })
  }
}

function mayRepeat(error: unknown): boolean {
  if (error instanceof StoreTimeoutError) return true
  if (!(error instanceof StoreError)) return false
  return (
    /connection was lost|is not connected|none of its nodes/.test(error.message) ||
    PASSING.test(error.message)
  )
}
