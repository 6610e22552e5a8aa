import { emptyFragment, type FragmentNumbers, labelParts, missesOf } from '../../metrics/snapshot.ts'
import { linePath } from '../numbers/line-path.ts'
import { type RangeNumbers, readRange } from '../numbers/ranges.ts'
import { hitRatioOf, orGap, sharesOf } from '../numbers/sums.ts'
import type { Sources } from '../sources.ts'
import { rangeLinks } from './overview.ts'
import { addressOf, type Page, type View } from './page.ts'

/** Size of the small charts in the table. */
const SPARK = { width: 96, height: 22 }

/** One row of the table. */
interface Row {
  readonly name: string
  readonly template: string
  readonly href: string
  readonly uses: number
  readonly misses: number
  readonly hitRatio: number
  readonly savedTime: number
  readonly lostTime: number
  /** Mean time of a miss, in ms. */
  readonly cost: number
  readonly bytes: number
  readonly reason: string
  readonly spark: string
}

/** Columns that the table can be sorted by, with the order of their first click. */
const COLUMNS = {
  name: { title: 'Fragment', value: (row: Row) => row.name, descending: false },
  ratio: { title: 'Hit ratio', value: (row: Row) => row.hitRatio, descending: false },
  uses: { title: 'Shown', value: (row: Row) => row.uses, descending: true },
  misses: { title: 'Misses', value: (row: Row) => row.misses, descending: true },
  cost: { title: 'Per miss', value: (row: Row) => row.cost, descending: true },
  lost: { title: 'Time lost', value: (row: Row) => row.lostTime, descending: true },
  saved: { title: 'Time saved', value: (row: Row) => row.savedTime, descending: true },
  bytes: { title: 'Bytes', value: (row: Row) => row.bytes, descending: true },
} as const
type Column = keyof typeof COLUMNS

export const fragmentsPage: Page = {
  name: 'fragments',
  title: 'Fragments',
  template: 'fragments.njk',
  params: ['range', 'sort', 'order'],
  inMenu: () => true,
  interval: ({ range }) => range.interval,
  load: loadFragments,
}

async function loadFragments(view: View, sources: Sources): Promise<object> {
  const numbers = await readRange(sources.numbers, view.range, sources.now())
  const sort = sortOf(view.query)
  const rows = [...numbers.total.fragments].map(([label, fragment]) => rowOf(label, fragment, numbers, view))
  rows.sort((a, b) => compare(a, b, sort) || (a.name < b.name ? -1 : 1))
  return {
    ranges: rangeLinks('fragments', view),
    columns: columnsOf(view, sort),
    rows,
    reasons: sharesOf(reasonsOf(numbers)),
    spark: SPARK,
  }
}

interface Sort {
  readonly column: Column
  readonly descending: boolean
}

function sortOf(query: URLSearchParams): Sort {
  const given = query.get('sort') ?? ''
  const column = Object.hasOwn(COLUMNS, given) ? (given as Column) : 'saved'
  const order = query.get('order')
  return { column, descending: order === null ? COLUMNS[column].descending : order === 'descending' }
}

function compare(a: Row, b: Row, { column, descending }: Sort): number {
  const { value } = COLUMNS[column]
  const [first, second] = descending ? [value(b), value(a)] : [value(a), value(b)]
  // What has no ratio comes last, in any order.
  if (typeof first === 'number' && typeof second === 'number') {
    if (Number.isNaN(first) || Number.isNaN(second))
      return Number(Number.isNaN(value(a))) - Number(Number.isNaN(value(b)))
    return first - second
  }
  return first < second ? -1 : first > second ? 1 : 0
}

function columnsOf({ query }: View, sort: Sort): object[] {
  return (Object.keys(COLUMNS) as Column[]).map((column) => {
    const { title, descending } = COLUMNS[column]
    const isSorted = column === sort.column
    const next = isSorted ? !sort.descending : descending
    const order = next === descending ? undefined : next ? 'descending' : 'ascending'
    return {
      name: column,
      title,
      href: addressOf('fragments', query, { sort: column, order }),
      sorted: isSorted ? (sort.descending ? 'descending' : 'ascending') : undefined,
    }
  })
}

function rowOf(label: string, fragment: FragmentNumbers, numbers: RangeNumbers, { query }: View): Row {
  const { name, template } = labelParts(label)
  const misses = missesOf(fragment)
  const ratios = numbers.points.map(({ numbers }) =>
    orGap(hitRatioOf(numbers.fragments.get(label) ?? emptyFragment())),
  )
  return {
    name,
    template,
    href: addressOf('fragment', new URLSearchParams(), {
      name,
      template,
      range: query.get('range') ?? undefined,
    }),
    uses: fragment.hits + fragment.stale + misses,
    misses,
    hitRatio: hitRatioOf(fragment),
    savedTime: fragment.savedTime,
    lostTime: fragment.lostTime,
    cost: fragment.lostTime / misses,
    bytes: fragment.bytesServed,
    reason: sharesOf(Object.entries(fragment.misses))[0]?.label ?? '',
    spark: linePath(ratios, 1, SPARK),
  }
}

function reasonsOf({ total }: RangeNumbers): Map<string, number> {
  const reasons = new Map<string, number>()
  for (const { misses } of total.fragments.values())
    for (const [reason, count] of Object.entries(misses))
      reasons.set(reason, (reasons.get(reason) ?? 0) + count)
  return reasons
}
