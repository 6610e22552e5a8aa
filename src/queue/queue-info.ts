import type { QueueCore } from './queue-core.ts'
import { QUEUE_INFO } from './scripts/queue-info.ts'

/** A worker as Redis knows it. */
export interface WorkerInfo {
  /** `host:pid:random`, as {@link Worker.workerId}. */
  readonly id: string
  /** Tasks that it has read and not ended: those that run, and those that are to begin soon. */
  readonly held: number
  /** Tasks that have run for more than about 50 ms. */
  readonly running: number
  /** Time until its lease ends unless it is renewed, in ms. Below 0 it has ended. */
  readonly lease: number
}

/** The state of a queue. */
export interface QueueInfo {
  /** Tasks that wait, by priority. `returned` are those that workers gave back: they come first. */
  readonly waiting: {
    readonly total: number
    readonly returned: number
    readonly high: number
    readonly normal: number
    readonly low: number
  }
  /** Tasks that wait for another one of the same order key. */
  readonly ordered: number
  /** Tasks that wait for a time: of a delay, or of their next attempt. */
  readonly delayed: number
  /** Number of dead letters. */
  readonly dead: number
  /** How long the oldest of those in `waiting` has been there, in ms. Undefined if none waits. */
  readonly oldest: number | undefined
  /** The workers of the queue, in all processes. */
  readonly workers: readonly WorkerInfo[]
  /** True while the queue is paused. */
  readonly paused: boolean
  /** Tasks a second, over the last minute. `failed` counts attempts. */
  readonly rates: { readonly added: number; readonly completed: number; readonly failed: number }
  /** The rate limit: time between two tasks in ms, and tasks that may begin at once. */
  readonly rateLimit: { readonly interval: number; readonly burst: number } | undefined
}

/** The answer of the script. */
interface Answer {
  waiting: [returned: number, high: number, normal: number, low: number]
  oldest: number
  ordered: number
  delayed: number
  dead: number
  paused: number
  /** Lua has no difference between an empty list and an empty object. */
  workers: WorkerInfo[] | object
  rates: { added: string; completed: string; failed: string }
  rate: string | false
}

/** @throws QueueError, ClosedError */
export async function readQueueInfo(core: QueueCore): Promise<QueueInfo> {
  const { waiting, oldest, ordered, delayed, dead, paused, workers, rates, rate } = JSON.parse(
    String(await core.run(QUEUE_INFO, [])),
  ) as Answer
  const [returned, high, normal, low] = waiting
  const [interval, burst] = rate === false ? [] : rate.split(':').map(Number)
  return {
    waiting: { total: returned + high + normal + low, returned, high, normal, low },
    ordered,
    delayed,
    dead,
    oldest: oldest < 0 ? undefined : oldest,
    workers: Array.isArray(workers) ? workers : [],
    paused: paused === 1,
    rates: { added: Number(rates.added), completed: Number(rates.completed), failed: Number(rates.failed) },
    rateLimit: interval === undefined || burst === undefined ? undefined : { interval, burst },
  }
}
