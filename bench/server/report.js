import { median } from '../harness/statistics.js'
import { table } from '../harness/table.js'
import { BASE, CONTENDERS } from './contenders.js'

/** The project's goals, as ratios to redis-server. They are reported, and no run fails by them. */
const GOALS = { cpu: 3, perSecond: { 1: 0.5, 16: 0.4 } }

/**
 * Returns a contender's medians of a case, and the medians of the rounds' ratios to redis-server.
 *
 * @param {{ rounds: Record<string, { perSecond: number, cpu: number }>[] }} result
 * @param {string} name
 */
export function mediansOf({ rounds }, name) {
  const measured = rounds.filter((round) => name in round)
  const of = (key) => median(measured.map((round) => round[name][key]))
  const ratio = (key) =>
    median(measured.filter((round) => BASE in round).map((round) => round[name][key] / round[BASE][key]))
  return {
    perSecond: of('perSecond'),
    cpu: of('cpu'),
    toRedis: { perSecond: ratio('perSecond'), cpu: ratio('cpu') },
  }
}

/** Throughput, and CPU of the server for each request. */
export function caseTable({ cases, names }) {
  const head = ['', 'requests/s', 'x Redis', 'CPU us', 'x Redis', '']
  const rows = cases.flatMap((one) =>
    names.map((name) => {
      const { perSecond, cpu, toRedis } = mediansOf(one, name)
      return [
        `${one.title}${one.pipeline > 1 ? `, ${one.pipeline} at once` : ''}: ${CONTENDERS[name].title}`,
        numberText(perSecond, 0),
        numberText(toRedis.perSecond, 2),
        numberText(cpu, 1),
        numberText(toRedis.cpu, 2),
        name === 'onetrip' ? goalText(one.pipeline, toRedis) : '',
      ]
    }),
  )
  return table([head, ...rows])
}

function goalText(pipeline, { cpu, perSecond }) {
  if (Number.isNaN(cpu)) return ''
  return cpu <= GOALS.cpu && perSecond >= GOALS.perSecond[pipeline] ? 'reached' : 'not reached'
}

function numberText(value, digits) {
  return Number.isNaN(value) ? '' : value.toFixed(digits)
}
