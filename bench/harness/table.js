import { FLOOR_B } from '../contenders/index.js'

const HEAD = ['', 'pages/s', 'x B', 'p50 ms', 'p99 ms', 'CPU us', 'x B', 'commands', 'trips']

/**
 * Returns one setting's results as text.
 * @param {import('./result.js').SettingResult} result
 */
export function settingTable({ title, connections, contenders }) {
  const hasFloor = contenders.some(({ name }) => name === FLOOR_B)
  const rows = contenders.map((row) => [
    row.title,
    `${row.generatorBound ? '>' : ''}${row.pagesPerSecond.toFixed(0)}`,
    hasFloor ? ratioText(row.toFloorB.pagesPerSecond) : '',
    row.p50.toFixed(2),
    row.p99.toFixed(2),
    row.cpu.toFixed(0),
    hasFloor ? ratioText(row.toFloorB.cpu) : '',
    row.commands.toFixed(2),
    String(row.trips),
  ])
  return `${title}, ${connections} ${connections === 1 ? 'connection' : 'connections'}\n${table([HEAD, ...rows])}`
}

export function targetsTable(targets) {
  const rows = targets.map(({ target, atMost, atLeast, reached, met }) => [
    target,
    atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : '',
    reached.toFixed(2),
    met === undefined ? '' : met ? 'reached' : 'not reached',
  ])
  return `Targets, at 16 connections\n${table([['', 'target', 'got', ''], ...rows])}`
}

export const LEGEND = `x B: as a ratio to floor B, median of the rounds' ratios. CPU: the server's own, per page, redis-server's not
counted. commands: what Redis counted, per page, under load. trips: how often one page alone waits for Redis.
> : the load generator was the limit, not the server.`

function ratioText(value) {
  return value === undefined ? '' : value.toFixed(2)
}

/** The first column to the left, numbers to the right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join('\n')
}
