import { processClock } from '../../clock.ts'
import type { Output } from '../output/output.ts'

/** Lines for the operator of a worker: text, or JSON objects. */
export class WorkerLog {
  readonly #json: boolean
  readonly #output: Output

  constructor(json: boolean, output: Output) {
    this.#json = json
    this.#output = output
  }

  /** @param fields such as the queue that the line is about */
  line(message: string, fields: object = {}): void {
    const time = new Date(processClock.wall()).toISOString()
    this.#output.write(
      this.#json ? `${JSON.stringify({ time, ...fields, message })}\n` : `onetrip worker: ${message}\n`,
    )
  }
}
