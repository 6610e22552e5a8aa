import type { BenchFlags } from './bench-command.ts'

/** A page to load. */
export interface Target {
  readonly name: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

/** The result of one round. */
export interface Round {
  readonly requestsPerSecond: number
  /** Latencies, in ms. */
  readonly p50: number
  readonly p99: number
  /** Errors, timeouts, and answers with a status other than 2xx. */
  readonly failed: number
}

/** The parts of autocannon that are used here; the package has no types. */
type Autocannon = (options: {
  readonly url: string
  readonly connections: number
  readonly duration: number
  readonly headers: Readonly<Record<string, string>>
}) => Promise<{
  readonly requests: { readonly average: number }
  readonly latency: { readonly p50: number; readonly p99: number }
  readonly errors: number
  readonly timeouts: number
  readonly non2xx: number
}>

/** An optional peer, by a name that the compiler does not resolve. */
const PACKAGE: string = 'autocannon'

/** Returns a function that loads a page for one round. */
export async function loadPage() {
  const { default: autocannon } = (await import(PACKAGE)) as { default: Autocannon }
  return async (
    { url, headers }: Target,
    { connections, duration }: Pick<BenchFlags, 'connections' | 'duration'>,
  ): Promise<Round> => {
    const { requests, latency, errors, timeouts, non2xx } = await autocannon({
      url: url.href,
      headers,
      connections,
      duration: Math.round(duration / 1_000),
    })
    const failed = errors + timeouts + non2xx
    return { requestsPerSecond: requests.average, p50: latency.p50, p99: latency.p99, failed }
  }
}
