import { writeFileSync } from 'node:fs'
import * as echarts from 'echarts'

/**
 * Colours of a bar: what the chart is about, what it is measured against, and all else. Readable on
 * light and dark.
 */
const OWN = '#d9480f'
const FLOOR = '#868e96'
const OTHER = '#4c8bd6'
const INK = '#7a828a'

const WIDTH = 860
const ROW = 34

/** Draws what the README shows: the judged setting of the shop, CPU a page. */
export function writeCharts({ settings, machine, date }, folder) {
  for (const [file, pages] of [
    ['one-page.svg', 1],
    ['64-pages.svg', 64],
  ]) {
    const setting = settings.find(
      (one) => one.site === 'shop' && one.connections === 16 && (one.pages === 1) === (pages === 1),
    )
    if (setting) writeFileSync(new URL(file, folder), chartOf(setting, machine, date))
  }
}

/** @returns {string} an SVG */
function chartOf({ title, connections, contenders }, { cpu, cores, node, redis }, date) {
  const shown = contenders.filter(({ name }) => !name.startsWith('misses')).toReversed()
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: 110 + ROW * shown.length,
  })
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
    title: {
      text: `24 cached fragments: microseconds of CPU a page. ${title}, ${connections} connections`,
      subtext: `${cpu}, ${cores} cores, Node ${node}, Redis ${redis}, ${date}. Shorter is better.`,
      textStyle: { color: INK, fontSize: 15 },
      subtextStyle: { color: INK },
    },
    grid: { left: 255, right: 90, top: 60, bottom: 8 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      data: shown.map((one) => one.title),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 13 },
    },
    series: [
      {
        type: 'bar',
        barWidth: 20,
        data: shown.map(({ name, cpu: cost }) => ({
          value: Math.round(cost),
          itemStyle: { color: colourOf(name) },
        })),
        label: { show: true, position: 'right', color: INK, formatter: '{c} us' },
      },
    ],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${svg}\n`
}

function colourOf(name) {
  if (name.startsWith('onetrip')) return OWN
  return name === 'static-buffer' || name === 'one-mget' ? FLOOR : OTHER
}
