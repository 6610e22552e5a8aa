import { sleep } from '../../clock.ts'
import { ClosedError } from '../../errors.ts'
import type { QueueCore } from '../queue-core.ts'
import { STEP } from '../scripts/step.ts'
import { readStepReply, type StepBatch, type StepReply } from './step-call.ts'

const FIRST_PAUSE = 20
const LONGEST_PAUSE = 1_000
/** Most tasks that one step reads: Redis serves no other client meanwhile. */
const MOST_READ = 1_000

/** Sends the steps of a worker for one queue, and repeats them until Redis has answered. */
export class Stepper {
  readonly #core: QueueCore
  readonly #workerId: string
  readonly #stop = new AbortController()
  #cancelSeen = '0'
  #reconcile = false

  constructor(core: QueueCore, workerId: string) {
    this.#core = core
    this.#workerId = workerId
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted
  }

  /** Asks, with the next step, for all entries that were delivered to this worker. */
  reconcile(): void {
    this.#reconcile = true
  }

  stop(): void {
    this.#stop.abort(new ClosedError('The worker'))
  }

  /** Returns undefined if the steps are given up. */
  async step(batch: StepBatch, want: number, free: number): Promise<StepReply | undefined> {
    const { resultTtl, maxResults, maxDead } = this.#core.options
    const settings = [String(resultTtl), String(maxResults), String(maxDead)]
    for (let pause = FIRST_PAUSE; !this.stopped; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const own = this.#reconcile ? '1' : '0'
      const args = [
        this.#workerId,
        String(Math.min(want, MOST_READ)),
        String(free),
        this.#cancelSeen,
        ...settings,
        own,
      ]
      batch.writeTo(args)
      try {
        this.#reconcile = false
        const { client, keys } = this.#core
        const text = (await client.run(STEP, keys, args, { signal: this.#stop.signal })) as string
        const reply = readStepReply(text)
        this.#cancelSeen = reply.cancelSeen
        return reply
      } catch (error) {
        if (this.stopped || this.#core.closed) return undefined
        this.#core.report(error)
        // What the lost answer had is read by the repetition.
        this.#reconcile = true
        await sleep(pause, this.#core.clock)
      }
    }
    return undefined
  }
}
