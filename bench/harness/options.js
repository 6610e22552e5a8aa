import { parseArgs } from 'node:util'
import { CONTENDERS, contenderNamed } from '../contenders/index.js'

const LONGEST = Math.max(...CONTENDERS.map(({ name }) => name.length))

export const HELP = `What does a page cost? Servers under load, one process each, in interleaved rounds.

  npm run bench                         everything: about 12 minutes
  npm run bench -- --quick              that all of it runs and serves right pages: half a minute, no figures to trust
  npm run bench -- --only NAME,NAME     only these contenders (may be repeated)
  npm run bench -- --cpu-prof NAME      where this contender's CPU goes: its functions by their own time

  --connections N,N  how many ask at a time (1, 16 and 64, each by itself)
  --rounds N      measured rounds for each contender and setting (5; medians need at least 3)
  --duration S    seconds of a round (2)
  --json          the result as JSON instead of tables
  --help          this

A full run writes bench/results/latest.json and the charts beside it.

Contenders:
${CONTENDERS.map(({ name, title }) => `  ${name.padEnd(LONGEST)}  ${title}`).join('\n')}
`

const DEFAULTS = { rounds: 5, duration: 2, warmUp: 2, calibration: 0.7, connections: [1, 16, 64] }
const QUICK = { rounds: 1, duration: 0.2, warmUp: 0.2, calibration: 0.1, connections: [16] }

/**
 * @typedef {object} Options
 * @property {false} [help]
 * @property {number} rounds
 * @property {number} duration seconds of a round
 * @property {number} warmUp seconds
 * @property {number} calibration seconds
 * @property {number[]} connections
 * @property {boolean} quick
 * @property {boolean} json
 * @property {boolean} complete everything is measured, for long enough
 * @property {import('../contenders/index.js').Contender | undefined} profiled
 * @property {import('../contenders/index.js').Contender[]} contenders
 */

/**
 * @returns {{ help: true } | Options} complete and checked
 * @throws Error that says what is wrong, and what is allowed
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      'cpu-prof': { type: 'string' },
      connections: { type: 'string' },
      rounds: { type: 'string' },
      duration: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { help: true }
  const base = values.quick ? QUICK : DEFAULTS
  const only = values.only
    .flatMap((names) => names.split(','))
    .map((name) => contenderNamed(name.trim()).name)
  return {
    ...base,
    connections: values.connections?.split(',').map((one) => number('connections', one)) ?? base.connections,
    rounds: number('rounds', values.rounds, base.rounds, Number.isInteger),
    duration: number('duration', values.duration, base.duration, Number.isFinite),
    quick: values.quick,
    json: values.json,
    profiled: values['cpu-prof'] === undefined ? undefined : contenderNamed(values['cpu-prof']),
    contenders: CONTENDERS.filter(({ name }) => only.length === 0 || only.includes(name)),
    complete: only.length === 0 && values.connections === undefined && !values.quick,
  }
}

function number(name, text, otherwise, isRight = Number.isInteger) {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (text.trim() !== '' && isRight(value) && value > 0 && value <= 600) return value
  throw new Error(
    `--${name} takes a ${isRight === Number.isInteger ? 'whole ' : ''}number above 0, up to 600, not "${text}"`,
  )
}
