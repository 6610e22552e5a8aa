/** Draws the charts by uPlot. Until then, and without scripts, each is a picture of its lines. */

/** @type {any} */
const { uPlot } = globalThis
const HEIGHT = 160
const DASHES = [[], [6, 4], [2, 3]]

/** @type {WeakMap<Element, { plot: any, json: string }>} */
const drawn = new WeakMap()
/** @type {Set<Element>} */
const figures = new Set()

/** @type {Record<string, (value: number) => string>} */
const UNITS = {
  percent: (value) => `${Number((value * 100).toFixed(1))} %`,
  ms: (value) => (value < 1000 ? `${short(value)} ms` : `${short(value / 1000)} s`),
  bytes: (value) => (value < 1e6 ? `${short(value / 1e3)} kB` : `${short(value / 1e6)} MB`),
  count: short,
}

function short(/** @type {number} */ value) {
  return value >= 1000 ? value.toLocaleString('en') : String(Number(value.toPrecision(3)))
}

/**
 * Draws all charts in an element, or gives those that are drawn their new numbers.
 * @param {Element} root
 */
export function drawCharts(root) {
  for (const figure of root.querySelectorAll('[data-chart]')) {
    const json = /** @type {HTMLElement} */ (figure).dataset.chart ?? ''
    const known = drawn.get(figure)
    if (known?.json === json) continue
    const chart = JSON.parse(json)
    if (known && known.plot.series.length === chart.lines.length + 1) {
      known.json = json
      known.plot.setData(dataOf(chart))
    } else draw(figure, chart, json)
  }
  for (const figure of figures) if (!figure.isConnected) forget(figure)
}

function dataOf(/** @type {any} */ { times, lines }) {
  return [times, ...lines.map((/** @type {any} */ line) => line.values)]
}

function forget(/** @type {Element} */ figure) {
  drawn.get(figure)?.plot.destroy()
  drawn.delete(figure)
  figures.delete(figure)
}

function draw(/** @type {Element} */ figure, /** @type {any} */ chart, /** @type {string} */ json) {
  forget(figure)
  const canvas = figure.querySelector('.canvas')
  if (!canvas) return
  const styles = getComputedStyle(figure)
  const colour = (/** @type {string} */ name) => styles.getPropertyValue(name).trim()
  const format = UNITS[chart.unit] ?? short
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  canvas.replaceChildren()
  const plot = new uPlot(
    {
      width: canvas.clientWidth,
      height: HEIGHT,
      tzDate: (/** @type {number} */ at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        y: {
          range: (/** @type {any} */ _plot, /** @type {any} */ _low, /** @type {number} */ high) => [
            0,
            chart.max ?? (high > 0 ? high * 1.1 : 1),
          ],
        },
      },
      axes: [
        { ...axis, values: TIMES, space: 60, size: 26 },
        {
          ...axis,
          size: 56,
          values: (/** @type {any} */ _plot, /** @type {number[]} */ values) => values.map(format),
        },
      ],
      series: [
        {},
        ...chart.lines.map((/** @type {any} */ { label }, /** @type {number} */ n) => ({
          label,
          stroke: colour(`--line-${n + 1}`),
          width: 2,
          dash: DASHES[n],
          points: { show: true, size: 5, filter: isolated },
        })),
      ],
      hooks: { setCursor: [(/** @type {any} */ self) => showValues(figure, self, format)] },
    },
    dataOf(chart),
    canvas,
  )
  drawn.set(figure, { plot, json })
  figures.add(figure)
  new ResizeObserver(() => plot.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas)
}

/** Returns the points that no line connects: they would not be seen. */
function isolated(/** @type {any} */ plot, /** @type {number} */ n) {
  const values = plot.data[n]
  // An empty array shows none; null would show all.
  return values.flatMap((/** @type {any} */ value, /** @type {number} */ index) => {
    const alone = value != null && values[index - 1] == null && values[index + 1] == null
    return alone ? [index] : []
  })
}

/** 24 hours, and the day where a label begins one. */
const TIMES = [
  [86_400, '{MM}-{DD}', null, null, null, null, null, null, 1],
  [3600, '{HH}:{mm}', '\n{MM}-{DD}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', null, null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
]

/** Shows the values under the pointer in the legend; the newest ones when it has left. */
function showValues(
  /** @type {Element} */ figure,
  /** @type {any} */ plot,
  /** @type {(value: number) => string} */ format,
) {
  for (const element of figure.querySelectorAll('[data-line]')) {
    const values = plot.data[Number(/** @type {HTMLElement} */ (element).dataset.line) + 1] ?? []
    const at = plot.cursor.idx
    const value = at == null ? values.findLast((/** @type {any} */ one) => one !== null) : values[at]
    element.textContent = value == null ? '–' : format(value)
  }
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const figure of [...figures]) {
    const json = drawn.get(figure)?.json
    if (json !== undefined) draw(figure, JSON.parse(json), json)
  }
})
