import { clockTime } from './format.ts'
import { linePath } from './line-path.ts'
import type { Range } from './ranges.ts'

/** A line of a chart. */
export interface Line {
  readonly label: string
  /** One for each point; null where nothing was measured. */
  readonly values: readonly (number | null)[]
}

/** A chart as the templates show it: a picture, a sentence, and a table of the same numbers. */
export interface Chart {
  readonly id: string
  readonly title: string
  /** Sentence for those who do not see the picture. */
  readonly summary: string
  /** JSON for the script that draws the chart. */
  readonly json: string
  readonly lines: readonly { readonly label: string; readonly path: string; readonly now: string }[]
  /** Headings and rows of the table: few, each of several points. */
  readonly rows: readonly { readonly time: string; readonly values: readonly string[] }[]
}

/** Rows of a chart's table. */
const MOST_ROWS = 12
/** Size of the picture that is drawn without a script. */
export const CHART_SIZE = { width: 600, height: 160 }

interface ChartOptions {
  readonly id: string
  readonly title: string
  readonly lines: readonly Line[]
  /** Writes a value with its unit. */
  readonly format: (value: number) => string
  /** Unit for the script: it labels the axis. */
  readonly unit: 'percent' | 'ms' | 'count' | 'bytes'
  /** The end of the axis, where it is fixed. */
  readonly max?: number
}

/** Returns a chart over the points of a range. */
export function chartOf(
  { points, range }: { readonly points: readonly { readonly from: number }[]; readonly range: Range },
  options: ChartOptions,
): Chart {
  const { id, title, lines, format, unit, max } = options
  const top = max ?? Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)))
  const times = points.map(({ from }) => from)
  return {
    id,
    title,
    summary: `${title}, ${range.title}. ${lines.map((line) => sentence(line, times, format, range.length)).join(' ')}`,
    json: JSON.stringify({
      unit,
      max: max ?? null,
      times: times.map((time) => time / 1000),
      lines: lines.map(({ label, values }) => ({ label, values: values.map(rounded) })),
    }),
    lines: lines.map(({ label, values }) => ({
      label,
      path: linePath(values, top, CHART_SIZE),
      now: shown(values.findLast((value) => value !== null) ?? null, format),
    })),
    rows: rowsOf(lines, times, format, range.length),
  }
}

function sentence(
  { label, values }: Line,
  times: readonly number[],
  format: (value: number) => string,
  span: number,
) {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return `${label}: no numbers.`
  const least = Math.min(...known)
  const most = Math.max(...known)
  const at = (value: number) => clockTime(times[values.indexOf(value)] ?? 0, span)
  const now = format(known[known.length - 1] as number)
  if (least === most) return `${label}: ${now} throughout.`
  return `${label}: last ${now}; lowest ${format(least)} at ${at(least)}, highest ${format(most)} at ${at(most)}.`
}

/** The last value of each span of points, the newest first. */
function rowsOf(
  lines: readonly Line[],
  times: readonly number[],
  format: (value: number) => string,
  span: number,
) {
  const every = Math.max(1, Math.ceil(times.length / MOST_ROWS))
  const rows: { time: string; values: string[] }[] = []
  for (let n = times.length - 1; n >= 0; n -= every) {
    rows.push({
      time: clockTime(times[n] ?? 0, span),
      values: lines.map(({ values }) => shown(values[n] ?? null, format)),
    })
  }
  return rows
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(5))
}
