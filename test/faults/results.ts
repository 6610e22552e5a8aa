import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** The effect of one fault on the site; table.js prints it. */
export interface Result {
  readonly fault: string
  /** Requests while it was there. */
  readonly served: number
  /** Of all requests, those before and after it included. */
  readonly wrong: number
  /** Not answered with a page. Some are to fail: where a loader throws, its page does. */
  readonly failed: number
  /** Milliseconds while it was there. `null`: it was no load, but single pages. */
  readonly p50: number | null
  readonly p99: number | null
  /**
   * Milliseconds from its end until a page that nobody had seen was stored and read again. `null`:
   * it was not measured.
   */
  readonly hitsAgain: number | null
}

const FILE = new URL('results.json', import.meta.url)

/**
 * Notes a result. The file is written only by `ONETRIP_FAULT_RESULTS=1 npx vitest run test/faults
 * --no-file-parallelism`: its numbers differ at each run, and a test run is to leave the repository
 * as it was.
 */
export function note(result: Result): void {
  if (process.env.ONETRIP_FAULT_RESULTS !== '1') return
  const known = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Result[]) : []
  const at = known.findIndex(({ fault }) => fault === result.fault)
  if (at === -1) known.push(result)
  else known[at] = result
  writeFileSync(FILE, `${JSON.stringify(known, undefined, 2)}\n`)
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return Math.round(value * 10) / 10
}
