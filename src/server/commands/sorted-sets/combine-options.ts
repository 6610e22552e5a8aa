import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { readDouble } from '../../data/numbers.ts'
import { countArgument } from '../arguments/count-argument.ts'
import type { Operands } from './operands.ts'

/** Makes one score of two. */
export type Aggregate = (one: number, other: number) => number

/** Infinities of both signs add up to 0, as in Redis. */
const sum: Aggregate = (one, other) => {
  const total = one + other
  return Number.isNaN(total) ? 0 : total
}

/** A score that is not a number, 0 times infinity, is left out. Of 0 and -0 the first is kept. */
// biome-ignore lint/complexity/useMathMinMax: it tells 0 from -0
const min: Aggregate = (one, other) => (other < one ? other : one)
// biome-ignore lint/complexity/useMathMinMax: it tells 0 from -0
const max: Aggregate = (one, other) => (other > one ? other : one)

const AGGREGATES = new Map<string, Aggregate>([
  ['sum', sum],
  ['min', min],
  ['max', max],
])

const NOT_A_WEIGHT = new CommandError('ERR weight value is not a float')

export interface CombineOptions {
  readonly aggregate: Aggregate
  readonly withScores: boolean
}

/** Which options a command has. */
export interface AllowedOptions {
  /** WEIGHTS and AGGREGATE. */
  readonly weights: boolean
  /** WITHSCORES. */
  readonly scores: boolean
}

/**
 * Reads the options that follow the operands. Weights are written to these.
 *
 * @throws CommandError
 */
export function readCombineOptions(
  args: readonly string[],
  { operands, end }: Operands,
  allowed: AllowedOptions,
): CombineOptions {
  let aggregate = sum
  let withScores = false
  let at = end
  while (at < args.length) {
    const option = (args[at++] as string).toLowerCase()
    if (option === 'weights' && allowed.weights && at + operands.length <= args.length) {
      for (const operand of operands) operand.weight = readWeight(args[at++] as string)
    } else if (option === 'aggregate' && allowed.weights) {
      const found = AGGREGATES.get((args[at++] ?? '').toLowerCase())
      if (found === undefined) throw SYNTAX_ERROR
      aggregate = found
    } else if (option === 'withscores' && allowed.scores) withScores = true
    else throw SYNTAX_ERROR
  }
  return { aggregate, withScores }
}

function readWeight(text: string): number {
  const weight = readDouble(text)
  if (weight === undefined) throw NOT_A_WEIGHT
  return weight
}

const NEGATIVE_LIMIT = new CommandError("ERR LIMIT can't be negative")

/**
 * Reads the LIMIT of ZINTERCARD.
 *
 * @param at index of the first option
 * @throws CommandError
 */
export function readLimit(args: readonly string[], at: number): number {
  let limit = 0
  for (let n = at; n < args.length; n += 2) {
    const value = args[n + 1]
    if ((args[n] as string).toLowerCase() !== 'limit' || value === undefined) throw SYNTAX_ERROR
    limit = countArgument(value, 0, NEGATIVE_LIMIT)
  }
  return limit === 0 ? Number.POSITIVE_INFINITY : limit
}
