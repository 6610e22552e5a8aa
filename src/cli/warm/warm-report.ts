import cliProgress from 'cli-progress'
import type { WarmProgress, WarmResult } from '../../core/warm/warm-options.ts'
import { messageOf } from '../../errors.ts'
import type { Output } from '../output/output.ts'

/** Limit of the errors that are printed. */
const SHOWN_ERRORS = 10

/** The progress and the outcome of one fragment's warming, as text. */
export class WarmReport {
  readonly #name: string
  readonly #output: Output
  readonly #reasons = new Map<string, number>()
  #bar: cliProgress.SingleBar | undefined
  /** Number of fragments that the store has not stored because of an error. */
  #writeErrors = 0
  /** The outcome, once it is there. */
  result: WarmResult = {
    ...{ done: 0, total: undefined, stored: 0, fresh: 0, skipped: 0, failed: 0 },
    errors: [],
  }

  /** @param output gets a progress bar, if it is a terminal */
  constructor(name: string, output: Output) {
    this.#name = name
    this.#output = output
  }

  show(progress: WarmProgress): void {
    if (!this.#output.isTTY) return
    const { done, total, ...counts } = progress
    this.#bar ??= this.#begin(total)
    this.#bar.update(done, counts)
  }

  #begin(total: number | undefined): cliProgress.SingleBar {
    const counts = '{stored} stored, {fresh} fresh, {skipped} not stored, {failed} failed'
    const format =
      total === undefined
        ? `${this.#name}  {value}  ${counts}`
        : `${this.#name}  {bar}  {value}/{total}  ${counts}  {eta_formatted}`
    const bar = new cliProgress.SingleBar(
      { format, hideCursor: true, clearOnComplete: true, stream: this.#output as NodeJS.WritableStream },
      cliProgress.Presets.shades_classic,
    )
    bar.start(total ?? 0, 0, { stored: 0, fresh: 0, skipped: 0, failed: 0 })
    return bar
  }

  /** Notes why fragments were not stored. */
  noteSkip(reason: string, times = 1): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + times)
  }

  /** Notes an error of the store, which has not stored fragments that should be. */
  noteWriteError(reason: string, times: number): void {
    this.noteSkip(reason, times)
    this.#writeErrors += times
  }

  /** Removes the progress bar. */
  end(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  /** Fragments failed, or were refused by the store. */
  get hasFailed(): boolean {
    return this.result.failed + this.#writeErrors > 0
  }

  /** Returns the outcome for other programs. */
  json(): object {
    const { errors, ...counts } = this.result
    return {
      name: this.#name,
      ...counts,
      notStored: Object.fromEntries(this.#reasons),
      errors: errors.map(({ params, vary, error }) => ({ params, vary, message: messageOf(error) })),
    }
  }

  /** Returns the outcome, with the errors and the reasons of what was not stored. */
  summary(): string {
    const { done, stored, fresh, skipped, failed, errors } = this.result
    const lines = [
      `${this.#name}: ${done} fragments: ${stored} stored, ${fresh} fresh, ${skipped} not stored, ${failed} failed`,
      ...[...this.#reasons].map(([reason, times]) => `  not stored, ${times} times: ${reason}`),
      ...errors
        .slice(0, SHOWN_ERRORS)
        .map(({ params, vary, error }) => `  ${callOf(params, vary)}: ${messageOf(error)}`),
    ]
    if (failed > SHOWN_ERRORS) lines.push(`  and ${failed - SHOWN_ERRORS} more`)
    return `${lines.join('\n')}\n`
  }
}

function callOf(params: unknown, vary: object): string {
  const shown = [JSON.stringify(params)]
  if (Object.keys(vary).length > 0) shown.push(`vary ${JSON.stringify(vary)}`)
  return shown.join(', ')
}
