import { readNumber, readString } from '../../options/read-option.ts'
import { checkOptions } from './arguments.ts'

/** Options of an iteration by pages. */
export interface ScanOptions {
  /**
   * Pattern of what is yielded, of the stored form: `*` for any text, `?` for one character, `[ab]`
   * for one of several, `\` before a character that is meant itself.
   *
   * @defaultValue all
   */
  readonly match?: string | undefined
  /**
   * About how many are read in one trip.
   *
   * @defaultValue 1000
   */
  readonly count?: number | undefined
}

const PAGE = 1_000

/** Returns the arguments of a SCAN command behind its cursor. @throws OptionError */
export function scanArguments(owner: string, options: ScanOptions): string[] {
  checkOptions(owner, options, ['match', 'count'], { pattern: 'match' })
  const { match, count = PAGE } = options
  const args = match === undefined ? [] : ['MATCH', readString('match', match)]
  return [...args, 'COUNT', String(Math.ceil(readNumber('count', count, 1)))]
}
