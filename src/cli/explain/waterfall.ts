import { printable } from '../output/table.ts'
import { duration } from '../output/units.ts'
import type { ExplainedStep } from './request-explanation.ts'

const LONGEST_NAME = 40
const SHORTEST_BAR = 10

/** Returns the steps of a page as lines with bars, all to one scale of time. */
export function waterfall(steps: readonly ExplainedStep[], width: number): string {
  if (steps.length === 0) return ''
  const rows = steps.map(({ kind, name, detail, start, duration: length }) => ({
    label: shortened(printable(detail === undefined ? `${kind} ${name}` : `${kind} ${name} (${detail})`)),
    time: length === null ? '...' : duration(length),
    start,
    end: start + (length ?? 0),
  }))
  const widest = Math.max(...rows.map(({ label }) => label.length))
  const timeWidth = Math.max(...rows.map(({ time }) => time.length))
  const total = Math.max(...rows.map(({ end }) => end), Number.EPSILON)
  const columns = Math.max(SHORTEST_BAR, width - widest - timeWidth - 4)
  return rows
    .map(({ label, time, start, end }) => {
      const from = Math.min(columns - 1, Math.floor((start / total) * columns))
      const length = Math.max(1, Math.round((end / total) * columns) - from)
      const bar = `${' '.repeat(from)}${'='.repeat(length)}`.padEnd(columns).slice(0, columns)
      return `${label.padEnd(widest)}  ${bar}  ${time.padStart(timeWidth)}\n`
    })
    .join('')
}

function shortened(text: string): string {
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME - 3)}...`
}
