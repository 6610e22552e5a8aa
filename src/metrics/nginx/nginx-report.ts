import { Histogram } from '../histogram.ts'
import {
  NGINX_CACHE_STATUSES,
  type NginxCacheStatus,
  type NginxNumbers,
  type NginxSeries,
} from './nginx-numbers.ts'

/** Requests of one status of the cache. */
export interface NginxStatusShare {
  readonly cache: NginxCacheStatus
  readonly requests: number
  /** Of all requests, from 0 to 1. */
  readonly share: number
}

/** Requests of one route, whatever the cache did. */
export interface NginxRoute {
  readonly kind: NginxSeries['kind']
  readonly route: string
  readonly requests: number
  readonly failed: number
  readonly bytes: number
  /** Requests by status of the cache. */
  readonly statuses: Readonly<Partial<Record<NginxCacheStatus, number>>>
  /** Share of the requests that were answered from the cache, from 0 to 1. */
  readonly hitRatio: number
  /** Requests that waited for the application because of the cache: MISS and EXPIRED. */
  readonly misses: number
  /** Times of these requests, in ms. Its `sum` is the time that visitors spent on misses. */
  readonly missTime: Histogram
  /** Times of the application, in ms: of all requests that it answered. */
  readonly upstream: Histogram
}

/** The answers that numbers give. */
export interface NginxReport {
  /** In ms since 1970. */
  readonly from: number
  /** First ms after the span. */
  readonly to: number
  /** Requests of visitors, without subrequests. */
  readonly requests: number
  readonly failed: number
  readonly bytes: number
  /** Share of the requests of visitors that were answered from the cache, from 0 to 1. */
  readonly hitRatio: number
  /** Statuses that occurred, among requests of visitors. */
  readonly statuses: readonly NginxStatusShare[]
  /** Time that visitors spent on misses, in ms. */
  readonly missTime: number
  /** By time spent on misses, the largest first. */
  readonly routes: readonly NginxRoute[]
  /** Misses without a line. */
  readonly dropped: number
}

/** Statuses of requests that did not wait for the application. */
const FROM_CACHE: ReadonlySet<NginxCacheStatus> = new Set(['HIT', 'STALE', 'UPDATING', 'REVALIDATED'])
const MISSES: ReadonlySet<NginxCacheStatus> = new Set(['MISS', 'EXPIRED'])

/**
 * Returns ratios and times of numbers.
 *
 * @example
 * const { hitRatio, routes } = nginxReport(await nginx.totals({ from: Date.now() - 3_600_000 }))
 */
export function nginxReport({ from, to, series, dropped }: NginxNumbers): NginxReport {
  const all = [...series.values()]
  const main = all.filter(({ kind }) => kind === 'main')
  const requests = sum(main, (one) => one.requests)
  const byRoute = new Map<string, NginxSeries[]>()
  for (const one of all) {
    const key = `${one.kind}\t${one.route}`
    byRoute.set(key, [...(byRoute.get(key) ?? []), one])
  }
  const routes = [...byRoute.values()].map(routeOfSeries)
  return {
    from,
    to,
    requests,
    failed: sum(main, (one) => one.failed),
    bytes: sum(main, (one) => one.bytes),
    hitRatio: hitRatio(main),
    statuses: NGINX_CACHE_STATUSES.flatMap((cache) => {
      const count = sum(main, (one) => (one.cache === cache ? one.requests : 0))
      return count === 0 ? [] : { cache, requests: count, share: count / requests }
    }),
    missTime: sum(main, (one) => (MISSES.has(one.cache) ? one.time.sum : 0)),
    routes: routes.sort(
      (one, other) => other.missTime.sum - one.missTime.sum || other.requests - one.requests,
    ),
    dropped,
  }
}

function routeOfSeries(series: readonly NginxSeries[]): NginxRoute {
  const [{ kind, route } = { kind: 'main' as const, route: '-' }] = series
  const missTime = new Histogram()
  const upstream = new Histogram()
  const statuses: Partial<Record<NginxCacheStatus, number>> = {}
  for (const one of series) {
    if (MISSES.has(one.cache)) missTime.merge(one.time)
    upstream.merge(one.upstream)
    statuses[one.cache] = one.requests
  }
  return {
    kind,
    route,
    requests: sum(series, (one) => one.requests),
    failed: sum(series, (one) => one.failed),
    bytes: sum(series, (one) => one.bytes),
    statuses,
    hitRatio: hitRatio(series),
    misses: sum(series, (one) => (MISSES.has(one.cache) ? one.requests : 0)),
    missTime,
    upstream,
  }
}

/** Requests without a cache, and those that bypass it, are requests too: the ratio is of all. */
function hitRatio(series: readonly NginxSeries[]): number {
  const requests = sum(series, (one) => one.requests)
  if (requests === 0) return 0
  return sum(series, (one) => (FROM_CACHE.has(one.cache) ? one.requests : 0)) / requests
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0)
}
