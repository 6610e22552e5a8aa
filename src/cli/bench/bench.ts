import { messageOf } from '../../errors.ts'
import { headersOf, pageUrl } from '../command/page-request.ts'
import { UsageError } from '../command/usage-error.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { table } from '../output/table.ts'
import { number } from '../output/units.ts'
import { UnreachableError } from '../unreachable-error.ts'
import type { BenchFlags } from './bench-command.ts'
import { loadPage, type Round, type Target } from './load-page.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

/** Runs `onetrip bench`. @returns the exit code */
export async function bench(
  address: string,
  flags: BenchFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  const targets = targetsOf(address, flags)
  for (const { url } of targets) refuseForeign(url, flags.yes)
  const load = await loadPage()
  for (const target of targets) await refuseWrongAnswer(target)
  const rounds = targets.map((): Round[] => [])
  for (let round = 0; round < flags.rounds; round++) {
    // Each is first in turn: what warms up, or slows down, meets both.
    for (const n of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const target = targets[n] as Target
      notes.write(`Round ${round + 1} of ${flags.rounds}, ${target.name}\n`)
      rounds[n]?.push(await load(target, flags))
    }
  }
  const [cached, uncached] = rounds.map(outcomeOf) as [Outcome, Outcome]
  const ratio = cached.requestsPerSecond / uncached.requestsPerSecond
  if (flags.json) writeJson(output, { withCache: cached, withoutCache: uncached, ratio })
  else output.write(textOf(cached, uncached, ratio))
  return cached.failed + uncached.failed > 0 ? FOUND : DONE
}

/** Returns the page with the cache, and without it. @throws UsageError */
function targetsOf(address: string, { without, withoutHeader, header = [] }: BenchFlags): Target[] {
  const url = pageUrl(address)
  if (without === undefined && withoutHeader === undefined)
    throw new UsageError(
      'How does the site render the page without the cache? Give --without-header or --without: see onetrip bench --help.',
    )
  const other = without === undefined ? url : pageUrl(without)
  const more = withoutHeader === undefined ? header : [...header, withoutHeader]
  return [
    { name: 'with the cache', url, headers: headersOf(header) },
    { name: 'without the cache', url: other, headers: headersOf(more) },
  ]
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** @throws UsageError for a host other than this machine */
function refuseForeign({ hostname }: URL, yes: boolean | undefined): void {
  if (yes || LOOPBACK.test(hostname)) return
  throw new UsageError(`${hostname} is not this machine. Give --yes if the site is yours, and may be loaded.`)
}

/** @throws UsageError, UnreachableError */
async function refuseWrongAnswer({ name, url, headers }: Target): Promise<void> {
  let status: number
  try {
    const response = await fetch(url, { headers, redirect: 'manual' })
    await response.arrayBuffer()
    status = response.status
  } catch (error) {
    const { cause } = error as Error
    throw new UnreachableError(`${url.origin} does not answer: ${messageOf(cause ?? error)}`)
  }
  if (status < 200 || status > 299)
    throw new UsageError(`${url.href} is answered with the status ${status} ${name}, not with a page.`)
}

function textOf(cached: Outcome, uncached: Outcome, ratio: number): string {
  const rows = [
    { name: 'with the cache', ...cached },
    { name: 'without the cache', ...uncached },
  ]
  const lines = table(
    [
      { title: '', cell: ({ name }) => name },
      { title: 'REQUESTS/S', cell: ({ requestsPerSecond }) => number(requestsPerSecond), align: 'right' },
      { title: 'LOWEST', cell: ({ lowest }) => number(lowest), align: 'right' },
      { title: 'HIGHEST', cell: ({ highest }) => number(highest), align: 'right' },
      { title: 'P50', cell: ({ p50 }) => `${p50} ms`, align: 'right' },
      { title: 'P99', cell: ({ p99 }) => `${p99} ms`, align: 'right' },
      { title: 'FAILED', cell: ({ failed }) => number(failed), align: 'right' },
    ],
    rows,
  )
  return `${lines}\nWith the cache it serves ${ratio.toFixed(2)} times as many requests.\n`
}
