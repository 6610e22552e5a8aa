import { barChart } from '../harness/bar-chart.js'
import { CONTENDERS } from './contenders.js'
import { mediansOf } from './report.js'

/** Readable on light and dark. */
const COLOURS = { onetrip: '#d9480f', bullmq: '#4c8bd6' }

/** Draws tasks per second of each step. @returns {string} an SVG */
export function chartOf({ steps, names, machine, date }) {
  return barChart({
    title: 'Tasks per second, one process, one Redis',
    subtitle: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}, ${date}. Longer is better.`,
    categories: steps.map(({ title }) => title),
    series: names.map((name) => ({
      name: CONTENDERS[name].title,
      itemStyle: { color: COLOURS[name] },
      data: steps.map((step) => Math.round(mediansOf(step, name).perSecond)),
    })),
    legend: true,
    layout: { left: 180, row: 46, bar: 16 },
  })
}
