import type { Timer } from '../../clock.ts'
import { LEAVE, RENEW } from '../scripts/renew.ts'
import type { QueueRunner } from '../worker/queue-runner.ts'
import { leaseKeeper } from './lease-keeper.ts'

/** Parts of a lease in which it is renewed once. */
const PARTS = 4

/** The lease of a worker on the tasks of one queue. */
export class Lease {
  readonly #runner: QueueRunner
  readonly #workerId: string
  readonly #ms: number
  readonly #maxBlock: number
  #timer: Timer | undefined
  #endKeeping: (() => void) | undefined
  #first = true
  /** The streams are there, and the rate limit is set. */
  #prepared = false
  #renewing: Promise<void> | undefined
  #ended = false

  /**
   * @param ms how long it lasts; undefined for the queue's
   * @param maxBlock how long a thread renews it while the event loop is blocked, in ms
   */
  constructor(runner: QueueRunner, workerId: string, ms: number | undefined, maxBlock: number) {
    this.#runner = runner
    this.#workerId = workerId
    this.#ms = ms ?? runner.core.options.lease
    this.#maxBlock = maxBlock
  }

  /** Takes the lease, and renews it from now on. Resolves when it is taken. */
  async start(): Promise<void> {
    const { core } = this.#runner
    this.#keep()
    this.#timer = core.clock.setInterval(() => void this.renew(), this.#ms / PARTS)
    await this.renew()
  }

  /** Renews the lease, and gives back tasks of workers whose lease has ended. */
  renew(): Promise<void> {
    if (this.#ended) return Promise.resolve()
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  /** Ends the lease. Everything that the worker still has is given back. */
  async leave(): Promise<void> {
    const { core } = this.#runner
    this.#ended = true
    core.clock.clearInterval(this.#timer)
    this.#endKeeping?.()
    await this.#renewing
    if (core.closed) return
    // Where Redis does not answer, the lease ends by itself.
    await core.run(LEAVE, [this.#workerId]).catch((error: unknown) => core.report(error))
  }

  /** Has a thread renew it while this one is blocked. */
  #keep(): void {
    const { client, keys } = this.#runner.core
    const { recipe } = client
    if (this.#maxBlock === 0 || !recipe) return
    const lease = { recipe, keys, workerId: this.#workerId, lease: this.#ms, maxBlock: this.#maxBlock }
    this.#endKeeping = leaseKeeper.keep(lease, (error) => this.#runner.core.report(error))
  }

  async #renew(): Promise<void> {
    const { core } = this.#runner
    const { maxCrashes, maxDead, resultTtl, maxResults } = core.options
    const settings = [maxCrashes, maxDead, resultTtl, maxResults].map(String)
    for (let more = true; more && !this.#ended; ) {
      const args = [this.#workerId, String(this.#ms), ...settings]
      let reply: unknown
      try {
        if (!this.#prepared) await this.#runner.prepare()
        this.#prepared = true
        reply = await core.run(RENEW, args)
      } catch (error) {
        if (!core.closed) core.report(error)
        return
      }
      const [held, tasks, old, left, ...workers] = reply as [number, number, number, number, ...string[]]
      if (held === 0 && !this.#first) this.#runner.leaseLost()
      else if (old > this.#runner.running) this.#runner.reconcile()
      this.#first = false
      if (workers.length > 0 && core.events.has('recovered'))
        core.events.emit({ type: 'recovered', queue: core.name, tasks, workers })
      // What was given back may be taken at once. And a worker that is gone may have been the only
      // one that was woken for a delayed task.
      this.#runner.step()
      more = left === 1
    }
  }
}
