import { labelParts, missesOf, type RouteNumbers, type Snapshot } from '../../metrics/index.ts'
import { UsageError } from '../command/usage-error.ts'
import { sumOf } from '../numbers/fragment-sums.ts'
import { showMetrics } from '../numbers/show-metrics.ts'
import type { Output } from '../output/output.ts'
import { type Column, table } from '../output/table.ts'
import { bytes, duration, number, percent } from '../output/units.ts'
import type { TopFlags } from './top-command.ts'

/** A line of `onetrip top`. Times in ms. */
interface Row {
  readonly name: string
  /** Of a fragment. */
  readonly template?: string
  /** Of a route or a template. */
  readonly pages?: number
  readonly hits: number
  readonly stale: number
  readonly misses: number
  readonly saved: number
  readonly lost: number
  readonly bytes: number
  /** Of a fragment: misses by reason, the most frequent first. */
  readonly reasons?: readonly (readonly [reason: string, count: number])[]
}

/** Runs `onetrip top`. @returns the exit code */
export async function top(
  { by, of, limit, ...flags }: TopFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  if (by === 'bytes' && of !== 'fragments') throw new UsageError('--by bytes needs --of fragments.')
  const rowsOf = (snapshot: Snapshot) =>
    (of === 'fragments' ? fragmentRows(snapshot) : routeRows(snapshot[of]))
      .sort((one, other) => other[by] - one[by] || other.hits - one.hits)
      .slice(0, limit)
  return showMetrics(flags, output, notes, {
    text: ({ snapshot }) => table(columnsOf(of), rowsOf(snapshot)),
    json: ({ snapshot }) => ({ from: snapshot.from, to: snapshot.to, [of]: rowsOf(snapshot).map(jsonOf) }),
  })
}

function fragmentRows({ fragments }: Snapshot): Row[] {
  return [...fragments].map(([label, numbers]) => ({
    ...labelParts(label),
    hits: numbers.hits,
    stale: numbers.stale,
    misses: missesOf(numbers),
    saved: numbers.savedTime,
    lost: numbers.lostTime,
    bytes: numbers.bytesServed,
    reasons: sumOf([numbers]).reasons,
  }))
}

function routeRows(routes: ReadonlyMap<string, RouteNumbers>): Row[] {
  return [...routes].map(([name, { savedTime, lostTime, hits, stale, misses, pages }]) => {
    const counts = { pages, hits, stale, misses }
    return { name, ...counts, saved: savedTime, lost: lostTime, bytes: 0 }
  })
}

function jsonOf({ reasons, pages, bytes: served, ...row }: Row): object {
  return pages === undefined
    ? { ...row, bytes: served, reasons: Object.fromEntries(reasons ?? []) }
    : { ...row, pages }
}

function columnsOf(of: TopFlags['of']): Column<Row>[] {
  const numbers: Column<Row>[] = [
    { title: 'LOST', cell: ({ lost }) => duration(lost), align: 'right' },
    {
      title: 'A MISS',
      cell: ({ lost, misses }) => (misses === 0 ? '-' : duration(lost / misses)),
      align: 'right',
    },
    { title: 'MISSES', cell: ({ misses }) => number(misses), align: 'right' },
    { title: 'HITS', cell: ({ hits, stale }) => number(hits + stale), align: 'right' },
    {
      title: 'RATIO',
      cell: ({ hits, stale, misses }) => percent(hits + stale, hits + stale + misses),
      align: 'right',
    },
    { title: 'SAVED', cell: ({ saved }) => duration(saved), align: 'right' },
  ]
  if (of !== 'fragments')
    return [
      { title: of === 'routes' ? 'ROUTE' : 'TEMPLATE', cell: ({ name }) => name },
      { title: 'PAGES', cell: ({ pages = 0 }) => number(pages), align: 'right' },
      ...numbers,
    ]
  return [
    { title: 'FRAGMENT', cell: ({ name }) => name },
    { title: 'TEMPLATE', cell: ({ template = '' }) => template },
    ...numbers,
    { title: 'SERVED', cell: (row) => bytes(row.bytes), align: 'right' },
    {
      title: 'MISSES BY REASON',
      cell: ({ reasons = [] }) => reasons.map(([reason, count]) => `${reason} ${number(count)}`).join(', '),
    },
  ]
}
