import type { Timer } from '../../clock.ts'
import { TaskCancelledError } from '../../errors.ts'
import type { QueueCore } from '../queue-core.ts'
import { PREPARE } from '../scripts/prepare.ts'
import { encodeProgress } from '../serialize.ts'
import { Attempt, type AttemptOwner } from './attempt.ts'
import { Ends } from './ends.ts'
import { FetchAhead } from './fetch-ahead.ts'
import { type FetchedTask, optionsOf, placeOf } from './fetched-task.ts'
import { HeldTasks } from './held-tasks.ts'
import type { RunnerHost } from './runner-host.ts'
import { StepBatch, type StepReply, timeToNextStep } from './step-call.ts'
import { Stepper } from './stepper.ts'

/** Ends that wait for the next step, from which on it is made at once. */
const FULL_BATCH = 200
/** Time after which Redis is told that a task runs, in ms. */
export const MARK_AFTER = 50

/** Reads the tasks of one queue, runs them, and ends them. */
export class QueueRunner implements AttemptOwner {
  readonly core: QueueCore
  readonly #host: RunnerHost
  readonly #ends: Ends
  readonly #stepper: Stepper
  readonly #ahead = new FetchAhead()
  readonly #held = new HeldTasks()
  readonly #attempts = new Map<string, Attempt>()
  #batch = new StepBatch()
  #stepping: Promise<void> | undefined
  #again = false
  #scheduled = false
  #more = true
  #paused = false
  #limited = false
  #timer: Timer | undefined

  constructor(core: QueueCore, host: RunnerHost) {
    this.core = core
    this.#host = host
    this.#ends = new Ends(core)
    this.#stepper = new Stepper(core, host.workerId)
  }

  /** Tasks that are read and not begun. */
  get held(): number {
    return this.#held.size
  }

  get running(): number {
    return this.#attempts.size
  }

  /** False where a blocking read would pass by a pause or a rate limit, or is not needed. */
  get mayBlock(): boolean {
    return !this.#paused && !this.#limited
  }

  /** True while reads find as many tasks as they ask for. */
  get more(): boolean {
    return this.#more && !this.#paused
  }

  /** Creates the streams and their group where they are missing. @throws QueueError, ClosedError */
  async prepare(): Promise<void> {
    await this.core.run(PREPARE, [this.core.options.rate])
  }

  /** Begins the task that was read first. */
  begin(): void {
    const task = this.#held.shift()
    if (!task) return
    const attempt = new Attempt(task, this.core, this)
    this.#attempts.set(placeOf(task), attempt)
    if (optionsOf(task).l !== undefined) {
      // A worker died while it held this task. Should this one die too, it is to count.
      void this.#markFirst(attempt)
      return
    }
    this.#run(attempt)
  }

  /** Takes a task that a blocking read has returned. */
  receive(task: FetchedTask): void {
    this.#held.add(task)
    if (this.#paused) this.returnHeld()
    else this.#host.pump()
  }

  /** Removes an entry that only woke this worker. Resolves when it knows what is new. */
  async woken(entry: string): Promise<void> {
    this.#batch.dropWake(entry)
    this.step()
    await this.#stepping
  }

  /** Makes the next step when there is a reason for it. */
  schedule(): void {
    if (this.#stepping) return
    if (this.#batch.size >= FULL_BATCH || (this.more && !this.#host.closing && this.#isLow())) this.step()
    else if (this.#batch.size > 0 && !this.#scheduled) {
      this.#scheduled = true
      this.core.clock.setImmediate(() => {
        this.#scheduled = false
        if (this.#batch.size > 0) this.step()
      })
    }
  }

  /** Makes a step now, or after the one that is under way. */
  step(): void {
    if (this.#stepping) this.#again = true
    else this.#stepping = this.#step()
  }

  /** Tells Redis which tasks have run for a while. */
  mark(): void {
    const before = this.core.clock.now() - MARK_AFTER
    let marked = false
    for (const attempt of this.#attempts.values()) {
      if (attempt.marked || attempt.startedAt > before) continue
      this.#mark(attempt)
      marked = true
    }
    if (marked) this.schedule()
  }

  /** Reads again what was delivered to this worker, in case an answer was lost. */
  reconcile(): void {
    this.#stepper.reconcile()
    this.step()
  }

  /** Gives up all tasks: the lease had ended, and other workers have them. */
  leaseLost(): void {
    for (const task of this.#held.clear()) this.#held.forget(task)
    for (const attempt of this.#attempts.values()) this.#ends.lost(attempt)
    this.reconcile()
  }

  /** Gives back what has not begun. */
  returnHeld(): void {
    for (const task of this.#held.clear()) {
      this.#batch.end('return', task, task.stream, task.headerText, '')
      this.#forget(task)
    }
    if (this.#batch.size > 0) this.schedule()
  }

  /** Aborts what runs, and forgets it. */
  abandon(reason: Error): void {
    for (const attempt of this.#attempts.values()) {
      attempt.abort(reason)
      attempt.abandon()
    }
    this.#attempts.clear()
  }

  /** Resolves when Redis has everything, or when the steps are given up. */
  async settled(): Promise<void> {
    while (this.#stepping || this.#batch.size > 0) {
      if (!this.#stepping) this.step()
      await this.#stepping
      if (this.#stepper.stopped) return
    }
  }

  /** Ends repetitions of steps: Redis does not answer, and the worker closes. */
  stop(): void {
    this.core.clock.clearTimeout(this.#timer)
    this.#stepper.stop()
  }

  completed(attempt: Attempt, result: unknown): void {
    this.#ends.completed(attempt, result, this.#batch)
    this.#ended(attempt)
  }

  failed(attempt: Attempt, error: unknown, permanent: boolean): void {
    this.#ends.failed(attempt, error, permanent, this.#batch)
    this.#ended(attempt)
  }

  progress(attempt: Attempt, value: unknown): void {
    const { id, name } = attempt
    this.#batch.progress(id, encodeProgress(name, value, this.core.options.maxBytes))
    if (!attempt.marked) this.#mark(attempt)
    if (this.core.events.has('progress'))
      this.core.events.emit({ type: 'progress', queue: this.core.name, id, name, value })
    this.schedule()
  }

  #ended(attempt: Attempt): void {
    this.#attempts.delete(placeOf(attempt.task))
    this.#forget(attempt.task)
    // It may have been read after the lease, and be this worker's nevertheless.
    if (attempt.lost) this.reconcile()
    if (attempt.marked) this.#batch.unmark(attempt.id)
    this.#ahead.took(this.core.clock.now() - attempt.startedAt)
    this.#host.release()
  }

  /** Forgets a task once Redis knows its end: until then, a step may read its entry again. */
  #forget(task: FetchedTask): void {
    this.#batch.onDone(() => this.#held.forget(task))
  }

  #run(attempt: Attempt): void {
    if (this.core.events.has('started'))
      this.core.events.emit({
        type: 'started',
        queue: this.core.name,
        id: attempt.id,
        name: attempt.name,
        attempt: attempt.number,
      })
    attempt.run()
  }

  #mark(attempt: Attempt): void {
    attempt.marked = true
    this.#batch.begin(attempt.id, `${this.#host.workerId} ${this.core.clock.wall()} ${attempt.number}`)
  }

  async #markFirst(attempt: Attempt): Promise<void> {
    this.#mark(attempt)
    const marked = new Promise<void>((resolve) => this.#batch.onDone(resolve))
    this.schedule()
    await marked
    // It may have been given up or cancelled meanwhile.
    if (this.#attempts.get(placeOf(attempt.task)) !== attempt) return
    if (attempt.cancelled || attempt.lost) this.failed(attempt, new TaskCancelledError('cancelled'), true)
    else this.#run(attempt)
  }

  #isLow(): boolean {
    return this.held <= this.#wanted() / 2 && this.#want() > 0
  }

  /** Tasks to hold beyond those that run. */
  #wanted(): number {
    return this.#host.free + this.#ahead.count(this.#host.concurrency)
  }

  #want(): number {
    return this.#host.closing ? 0 : Math.max(0, this.#wanted() - this.held)
  }

  async #step(): Promise<void> {
    do {
      this.#again = false
      const batch = this.#batch
      this.#batch = new StepBatch()
      const reply = await this.#stepper.step(batch, this.#want(), Math.max(0, this.#host.free - this.held))
      if (!reply) break
      batch.done()
      this.#accept(reply)
    } while (this.#again)
    this.#stepping = undefined
    this.#host.pump()
    this.schedule()
  }

  #accept(reply: StepReply): void {
    this.#more = reply.more
    this.#paused = reply.paused
    this.#limited = reply.limited
    for (const task of reply.tasks) this.#held.add(task)
    for (const id of reply.cancelled) this.#cancel(id)
    if (this.#host.closing || this.#paused) this.returnHeld()
    this.#setTimer(reply)
    this.#host.pump()
  }

  #cancel(id: string): void {
    const task = this.#held.remove(id)
    if (task) {
      this.#ends.cancelled(new Attempt(task, this.core, this), this.#batch)
      this.#forget(task)
      return
    }
    for (const attempt of this.#attempts.values()) {
      if (attempt.id !== id) continue
      attempt.cancelled = true
      attempt.abort(new TaskCancelledError(`The task ${id} was cancelled.`))
    }
  }

  /** Steps again when a delayed task is due, or when the rate limit lets the next one begin. */
  #setTimer(reply: StepReply): void {
    const { clock } = this.core
    clock.clearTimeout(this.#timer)
    const delay = timeToNextStep(reply)
    if (delay === undefined || this.#host.closing) return
    this.#timer = clock.setTimeout(() => this.step(), delay).unref()
  }
}
