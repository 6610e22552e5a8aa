import { processClock } from '../../clock.ts'
import { OnetripError } from '../../errors.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import type { NumbersFlags } from './numbers-options.ts'
import { watch } from './watch.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Numbers of a span of time, and the forms in which a command prints them. */
export interface NumbersView<Numbers> {
  /** Reads them. @param from in ms since 1970 */
  read(from: number): Promise<Numbers>
  text(numbers: Numbers): string
  json(numbers: Numbers): object
  /** Returns why nothing was counted; undefined if something was. */
  emptyReason(numbers: Numbers): string | undefined
}

/** Shows numbers: once, or again and again. @returns the exit code */
export async function showNumbers<Numbers>(
  { since, watch: watches, interval, json }: NumbersFlags,
  output: Output,
  notes: Output,
  view: NumbersView<Numbers>,
): Promise<number> {
  const back = since ?? (watches ? MINUTE_MS : HOUR_MS)
  const read = () => view.read(processClock.wall() - back)
  if (watches) {
    const show = async () => {
      const numbers = await read()
      return json ? `${JSON.stringify(view.json(numbers))}\n` : view.text(numbers)
    }
    await watch(throughOutages(show, json ? notes : undefined), interval, output, json !== true)
    return DONE
  }
  const numbers = await read()
  const reason = view.emptyReason(numbers)
  if (json) writeJson(output, view.json(numbers))
  else if (reason === undefined) output.write(view.text(numbers))
  if (reason !== undefined) notes.write(`${reason}\n`)
  return reason === undefined ? DONE : FOUND
}

/**
 * Shows the text before, with the error, where the server does not answer. The first time it fails.
 * @param notes gets the error in place of the text
 */
function throughOutages(show: () => Promise<string>, notes: Output | undefined): () => Promise<string> {
  let last: string | undefined
  return async () => {
    try {
      last = await show()
      return last
    } catch (error) {
      if (last === undefined || !(error instanceof OnetripError)) throw error
      if (!notes) return `${error.message}\n\n${last}`
      notes.write(`${error.message}\n`)
      return ''
    }
  }
}
