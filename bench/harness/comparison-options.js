import { parseArgs } from 'node:util'

/**
 * Reads the options that comparisons with other packages have.
 *
 * @param {string[]} args
 * @param {{ choices: string[], rounds: number }} defaults names that `--only` takes, and the rounds
 *   of a full run
 * @throws {Error} for a value that an option does not take
 */
export function readComparisonOptions(args, { choices, rounds: full }) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds ?? (values.quick ? 1 : full))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number above 0, not "${values.rounds}"`)
  const names = values.only?.split(',') ?? choices
  const unknown = names.find((name) => !choices.includes(name))
  if (unknown !== undefined) throw new Error(`--only takes ${choices.join(', ')}, not "${unknown}"`)
  return {
    ...values,
    names,
    rounds,
    complete: !values.quick && values.only === undefined && rounds >= 3,
  }
}
