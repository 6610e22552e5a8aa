import { writeFileSync } from 'node:fs'
import { barChart } from './bar-chart.js'

/**
 * Colours of a bar: what the chart is about, what it is measured against, and all else. Readable on
 * light and dark.
 */
const OWN = '#d9480f'
const FLOOR = '#868e96'
const OTHER = '#4c8bd6'

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
  const shown = contenders.filter(({ name }) => !name.startsWith('misses'))
  return barChart({
    title: `24 cached fragments: microseconds of CPU a page. ${title}, ${connections} connections`,
    subtitle: `${cpu}, ${cores} cores, Node ${node}, Redis ${redis}, ${date}. Shorter is better.`,
    categories: shown.map((one) => one.title),
    series: [
      {
        data: shown.map(({ name, cpu: cost }) => ({
          value: Math.round(cost),
          itemStyle: { color: colourOf(name) },
        })),
      },
    ],
    layout: { left: 255, row: 34, bar: 20, unit: ' us' },
  })
}

function colourOf(name) {
  if (name.startsWith('onetrip')) return OWN
  return name === 'static-buffer' || name === 'one-mget' ? FLOOR : OTHER
}
