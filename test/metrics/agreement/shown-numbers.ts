import { fragmentLabel, type Snapshot } from 'onetrip/metrics'
import type { ExpectedNumbers } from './expected-site.ts'
import type { SiteProcess } from './site-process.ts'

/** Fragments of the site's only template. */
const NAMES = ['film', 'side', 'greeting']
const TEMPLATE = 'film.njk'

/** Returns the numbers of a snapshot that the script knows. */
export function shown({ pages, fragments, tags, deletes }: Snapshot): ExpectedNumbers {
  const hits: Record<string, number> = {}
  const misses: Record<string, Record<string, number>> = {}
  for (const name of NAMES) {
    const numbers = fragments.get(fragmentLabel(name, TEMPLATE))
    if (numbers && numbers.hits > 0) hits[name] = numbers.hits
    if (numbers) misses[name] = numbers.misses
  }
  const invalidations = Object.fromEntries([...tags].map(([tag, numbers]) => [tag, numbers.invalidations]))
  return { pages, hits, misses, invalidations, deletes }
}

/** The part of what `onetrip stats --json` prints that the script knows. */
interface Stats {
  readonly pages: number
  readonly fragments: readonly { name: string; hits: number; misses: Record<string, number> }[]
  readonly tags: Readonly<Record<string, { invalidations: number }>>
  readonly deletes: number
}

export function shownByStats({ pages, fragments, tags, deletes }: Stats): ExpectedNumbers {
  const shownHits = fragments.filter(({ hits }) => hits > 0).map(({ name, hits }) => [name, hits])
  return {
    pages,
    hits: Object.fromEntries(shownHits),
    misses: Object.fromEntries(fragments.map(({ name, misses }) => [name, misses])),
    invalidations: Object.fromEntries(
      Object.entries(tags).map(([tag, { invalidations }]) => [tag, invalidations]),
    ),
    deletes,
  }
}

/** Returns the numbers in the text that Prometheus reads from `/metrics` of a process. */
export function shownByMetrics(text: string): ExpectedNumbers {
  const numbers: ExpectedNumbers = { pages: 0, hits: {}, misses: {}, invalidations: {}, deletes: 0 }
  for (const [, series, list, value] of text.matchAll(/^onetrip_(\w+?)(?:\{(.*)\})? (\S+)$/gm)) {
    const labels = Object.fromEntries([...String(list).matchAll(/(\w+)="([^"]*)"/g)].map(([, ...one]) => one))
    const count = Number(value)
    if (series === 'pages_total') numbers.pages = count
    if (series === 'deletes_total') numbers.deletes = count
    if (series === 'invalidations_total') numbers.invalidations[labels.tag] = count
    if (series === 'fragment_hits_total' && count > 0) numbers.hits[labels.fragment] = count
    if (series !== 'fragment_misses_total') continue
    numbers.misses[labels.fragment] ??= {}
    const misses = numbers.misses[labels.fragment]
    if (misses) misses[labels.reason] = count
  }
  return numbers
}

/** Returns the numbers that the live page of a process shows: all but those of `deletes`. */
export async function shownByLivePage(site: SiteProcess): Promise<Omit<ExpectedNumbers, 'deletes'>> {
  const page = (path: string) => site.text(`/_onetrip/${path}range=24h`)
  const [overview, tags] = await Promise.all([page('?'), page('tags?')])
  const hits: Record<string, number> = {}
  const misses: Record<string, Record<string, number>> = {}
  for (const name of NAMES) {
    const html = await page(`fragment?name=${name}&template=${TEMPLATE}&`)
    const shownHits = numberIn(html, /([\d,]+) hits \(/)
    if (shownHits > 0) hits[name] = shownHits
    misses[name] = countsOf(html, 'Misses by reason')
  }
  return {
    pages: numberIn(overview, /<dt>Pages<\/dt><dd>([\d,]+)</),
    hits,
    misses,
    invalidations: Object.fromEntries(
      Object.entries(countsOf(tags, 'Tags, those that are invalidated most first')).filter(
        ([, count]) => count > 0,
      ),
    ),
  }
}

/** Returns the sums over all fragments that the overview of the live page shows. */
export async function overviewOf(site: SiteProcess): Promise<object> {
  const html = await site.text('/_onetrip/?range=24h')
  return {
    hits: numberIn(html, /([\d,]+) hits, 0 stale/),
    misses: numberIn(html, /0 stale, ([\d,]+) misses/),
    reasons: countsOf(html, 'Misses by reason'),
    processes: rowsOf(html, 'Processes that have sent numbers').map(([, pages]) => readNumber(pages)),
  }
}

/** Returns a table of the live page as counts by the text of the first cell. */
function countsOf(html: string, caption: string): Record<string, number> {
  return Object.fromEntries(rowsOf(html, caption).map(([first, , count]) => [first, readNumber(count)]))
}

function rowsOf(html: string, caption: string): string[][] {
  const table = html.split('<table').find((one) => one.includes(`>${caption}</caption>`)) ?? ''
  const rows = table.slice(table.indexOf('<tbody>'), table.indexOf('</tbody>')).split('<tr').slice(1)
  return rows.map((row) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) =>
      String(cell)
        .replaceAll(/<[^>]*>/g, '')
        .trim(),
    ),
  )
}

function numberIn(html: string, pattern: RegExp): number {
  return readNumber(pattern.exec(html)?.[1])
}

/** Reads a number such as 12,345; NaN of undefined. */
function readNumber(text: string | undefined): number {
  return Number(text?.replaceAll(',', ''))
}
