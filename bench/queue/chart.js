import * as echarts from 'echarts'
import { CONTENDERS } from './contenders.js'
import { mediansOf } from './report.js'

/** Readable on light and dark. */
const COLOURS = { onetrip: '#d9480f', bullmq: '#4c8bd6' }
const INK = '#7a828a'
const WIDTH = 860
const ROW = 46

/** Draws tasks per second of each step. @returns {string} an SVG */
export function chartOf({ steps, names, machine, date }) {
  const shown = steps.toReversed()
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: 130 + ROW * shown.length,
  })
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
    title: {
      text: 'Tasks per second, one process, one Redis',
      subtext: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}, ${date}. Longer is better.`,
      textStyle: { color: INK, fontSize: 15 },
      subtextStyle: { color: INK },
    },
    legend: { top: 48, left: 0, textStyle: { color: INK } },
    grid: { left: 180, right: 90, top: 80, bottom: 8 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      data: shown.map(({ title }) => title),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 13 },
    },
    series: names.toReversed().map((name) => ({
      name: CONTENDERS[name].title,
      type: 'bar',
      barWidth: 16,
      itemStyle: { color: COLOURS[name] },
      data: shown.map((step) => Math.round(mediansOf(step, name).perSecond)),
      label: { show: true, position: 'right', color: INK, formatter: '{c}' },
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${svg}\n`
}
