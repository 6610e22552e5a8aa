import * as echarts from 'echarts'

/** Of texts. Readable on light and dark. */
const INK = '#7a828a'
const WIDTH = 860

/**
 * Draws horizontal bars, the first category on top, each with its value behind it.
 *
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.subtitle
 * @param {string[]} chart.categories
 * @param {{ name?: string, itemStyle?: object, data: (number | object)[] }[]} chart.series one
 *   datum for each category, in their order
 * @param {boolean} [chart.legend] names the series
 * @param {{ left: number, row: number, bar: number, unit?: string }} chart.layout space for the
 *   categories, height of one and of a bar, in pixels; the unit stands behind each value
 * @returns {string} an SVG
 */
export function barChart({ title, subtitle, categories, series, legend = false, layout }) {
  const { left, row, bar, unit = '' } = layout
  const top = legend ? 80 : 60
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: top + 50 + row * categories.length,
  })
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
    title: {
      text: title,
      subtext: subtitle,
      textStyle: { color: INK, fontSize: 15 },
      subtextStyle: { color: INK },
    },
    ...(legend && { legend: { top: 48, left: 0, textStyle: { color: INK } } }),
    grid: { left, right: 90, top, bottom: 8 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      data: categories.toReversed(),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 13 },
    },
    // The axis counts from below.
    series: series.toReversed().map(({ data, ...one }) => ({
      ...one,
      type: 'bar',
      barWidth: bar,
      data: data.toReversed(),
      label: { show: true, position: 'right', color: INK, formatter: `{c}${unit}` },
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${svg}\n`
}
