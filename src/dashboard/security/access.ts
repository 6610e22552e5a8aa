import type { IncomingMessage } from 'node:http'
import { type Clock, processClock } from '../../clock.ts'
import { isLocalRequest } from '../../local-request.ts'
import type { Authorize } from '../options.ts'
import type { Report } from '../report.ts'

/** A failing `authorize` is asked by every scanner: it is reported once in this time. */
const REPORT_EVERY_MS = 60_000

/** Decides which requests the live page answers. */
export class Access {
  readonly #authorize: Authorize | undefined
  readonly #report: Report
  readonly #clock: Clock
  #reported = Number.NEGATIVE_INFINITY

  /** @param authorize undefined: requests from nearby, see {@link isLocalRequest} */
  constructor(authorize: Authorize | undefined, report: Report, clock: Clock = processClock) {
    this.#authorize = authorize
    this.#report = report
    this.#clock = clock
  }

  /**
   * Resolves to true if a request is allowed. An `authorize` that throws, rejects or gives anything
   * but true refuses.
   * @param request the framework's request
   */
  async allows(request: unknown, message: IncomingMessage): Promise<boolean> {
    if (this.#authorize === undefined) return isLocalRequest(message)
    try {
      const answer: unknown = await this.#authorize(request)
      if (typeof answer !== 'boolean' && answer)
        this.#reportRarely('The option dashboard.authorize must give true or false: the request was refused.')
      return answer === true
    } catch (error) {
      this.#reportRarely('The option dashboard.authorize failed: the request was refused.', error)
      return false
    }
  }

  #reportRarely(message: string, error?: unknown): void {
    const now = this.#clock.now()
    if (now - this.#reported < REPORT_EVERY_MS) return
    this.#reported = now
    this.#report(message, error)
  }
}
