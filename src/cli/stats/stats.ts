import { type Snapshot, TRIP_KINDS, type TripNumbers } from '../../metrics/index.ts'
import { sumOf } from '../numbers/fragment-sums.ts'
import type { NumbersFlags } from '../numbers/numbers-options.ts'
import { type SiteNumbers, showMetrics } from '../numbers/show-metrics.ts'
import { type Paint, paintFor } from '../output/colour.ts'
import type { Output } from '../output/output.ts'
import { printable, table } from '../output/table.ts'
import { counted, duration, number, percent } from '../output/units.ts'
import { snapshotJson } from './snapshot-json.ts'

/** Runs `onetrip stats`. @returns the exit code */
export function stats(flags: NumbersFlags, output: Output, notes: Output): Promise<number> {
  const paint = paintFor(output)
  return showMetrics(flags, output, notes, {
    text: (look) => textOf(look, paint),
    json: ({ snapshot, processes }) => ({ processes, ...snapshotJson(snapshot) }),
  })
}

function textOf({ snapshot, processes, span }: SiteNumbers, paint: Paint): string {
  const { pages, trips, valueTrips, tiers, breaker, breakerOpened } = snapshot
  const { hits, stale, misses, savedTime, lostTime, reasons } = sumOf(snapshot.fragments.values())
  const shown = hits + stale + misses
  const rows: [string, string, string][] = [
    [
      'pages',
      number(pages),
      `${((pages * 1_000) / Math.max(span, 1)).toFixed(1)}/s, of ${counted(processes.length, 'process', 'processes')}`,
    ],
    [
      'hits',
      percent(hits + stale, shown),
      `${number(hits + stale)} of ${counted(shown, 'fragment')}, ${number(stale)} of them stale`,
    ],
    ['misses', number(misses), reasons.map(([reason, count]) => `${reason} ${number(count)}`).join(', ')],
    ['time saved', duration(savedTime), pages === 0 ? '' : `${duration(savedTime / pages)} a page`],
    ['time lost', duration(lostTime), misses === 0 ? '' : `${duration(lostTime / misses)} a miss`],
    ['round trips', pages === 0 ? '-' : ((trips + valueTrips) / pages).toFixed(2), 'a page'],
    ...(tiers.hits + tiers.misses === 0
      ? []
      : [
          ['first tier', percent(tiers.hits, tiers.hits + tiers.misses), 'of keys'] as [
            string,
            string,
            string,
          ],
        ]),
    ...invalidationsOf(snapshot),
    ['breaker', breaker, breakerOpened === 0 ? '' : `opened ${counted(breakerOpened, 'time')}`],
    ...[...snapshot.errors].map(
      ([code, count]) => ['error', number(count), code] as [string, string, string],
    ),
  ]
  const head = `${paint('bold', headOf(snapshot, span))}\n`
  return `${head}${aligned(rows)}\n${tripsOf(snapshot)}`
}

/** Most tags that the line of invalidations names. */
const SHOWN_TAGS = 5

function invalidationsOf({ tags }: Snapshot): [string, string, string][] {
  const counts = [...tags].map(([tag, { invalidations }]) => [tag, invalidations] as const)
  if (counts.length === 0) return []
  const most = counts.sort(([, one], [, other]) => other - one).slice(0, SHOWN_TAGS)
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  const shown = most.map(([tag, count]) => `${printable(tag)} ${number(count)}`).join(', ')
  return [['invalidated', number(total), counts.length > SHOWN_TAGS ? `${shown}, ...` : shown]]
}

function headOf({ from, to }: Snapshot, span: number): string {
  const at = (time: number) => new Date(time).toISOString().slice(0, 19).replace('T', ' ')
  return `${duration(span)} from ${at(from)} to ${at(to)} UTC`
}

function aligned(rows: readonly (readonly [string, string, string])[]): string {
  const width = Math.max(...rows.map(([, value]) => value.length))
  const lines = rows.map(([name, value, more]) => `${name.padEnd(12)}  ${value.padStart(width)}  ${more}`)
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function tripsOf({ trip }: Snapshot): string {
  const rows = TRIP_KINDS.map((kind) => ({ kind, ...trip[kind] })).filter(({ count }) => count > 0)
  if (rows.length === 0) return ''
  const at = (q: number) => (row: TripNumbers) => duration(row.time.quantile(q) / 1_000)
  return table<TripNumbers & { kind: string }>(
    [
      { title: 'STORE', cell: ({ kind }) => kind },
      { title: 'ROUND TRIPS', cell: ({ count }) => number(count), align: 'right' },
      { title: 'FAILED', cell: ({ failed }) => number(failed), align: 'right' },
      { title: 'KEYS', cell: ({ keys }) => number(keys), align: 'right' },
      { title: 'P50', cell: at(0.5), align: 'right' },
      { title: 'P99', cell: at(0.99), align: 'right' },
    ],
    rows,
  )
}
