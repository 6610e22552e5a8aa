import { OptionError } from '../../errors.ts'
import { readOneOf } from '../../options/read-option.ts'
import { show } from '../../options/show.ts'
import { type Arguments, checkOptions, numberArgument } from './arguments.ts'

/** Options of unions and intersections of sorted sets. */
export interface CombineOptions {
  /**
   * Factors of the scores of each set, of the first one, too.
   *
   * @defaultValue 1 for each
   */
  readonly weights?: readonly number[] | undefined
  /**
   * How a score is made of several ones.
   * @defaultValue 'sum'
   */
  readonly aggregate?: 'sum' | 'min' | 'max' | undefined
}

/** Returns the arguments of a command on several sorted sets. @throws OptionError */
export function combineArguments(keys: readonly string[], options: CombineOptions): Arguments {
  checkOptions('a combination', options, ['weights', 'aggregate'])
  const { weights, aggregate } = options
  const args = [String(keys.length), ...keys]
  if (weights !== undefined) {
    if (!Array.isArray(weights) || weights.length !== keys.length)
      throw new OptionError(
        `The option weights must be an array of ${keys.length} numbers, not ${show(weights)}.`,
      )
    args.push('WEIGHTS', ...weights.map((weight) => numberArgument('A weight', weight)))
  }
  if (aggregate !== undefined)
    args.push('AGGREGATE', readOneOf('aggregate', aggregate, ['sum', 'min', 'max'] as const).toUpperCase())
  return args
}
