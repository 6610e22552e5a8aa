import { Histogram } from '../histogram.ts'
import { OTHER } from '../snapshot.ts'

/** Outcome of a request in nginx' cache; `'-'` where the location has no cache. */
export type NginxCacheStatus =
  | 'HIT'
  | 'MISS'
  | 'EXPIRED'
  | 'STALE'
  | 'UPDATING'
  | 'REVALIDATED'
  | 'BYPASS'
  | '-'

/** All statuses, in the order in which they are shown. */
export const NGINX_CACHE_STATUSES: readonly NginxCacheStatus[] = [
  'HIT',
  'STALE',
  'UPDATING',
  'REVALIDATED',
  'MISS',
  'EXPIRED',
  'BYPASS',
  '-',
]

/** Requests of one route with one status of the cache. */
export interface NginxSeries {
  /** `'main'` for requests of visitors, `'sub'` for includes of SSI. */
  readonly kind: 'main' | 'sub'
  /** The variable `$onetrip_route`. */
  readonly route: string
  readonly cache: NginxCacheStatus
  requests: number
  /** Requests that were answered with a status of 500 or more. */
  failed: number
  /** Bytes sent; 0 for subrequests. */
  bytes: number
  /**
   * Times of requests, in ms. Requests whose page was refreshed in the background are not among
   * them: nginx counts the refresh as theirs.
   */
  readonly time: Histogram
  /** Times of the application, in ms, of requests that it answered. */
  readonly upstream: Histogram
}

/** Requests that nginx answered in a span of time. */
export interface NginxNumbers {
  /** In ms since 1970. */
  from: number
  /** First ms after the span. */
  to: number
  /** By kind, route and status. */
  readonly series: Map<string, NginxSeries>
  /** Misses that were counted, but for whose line there was no place. */
  dropped: number
}

/** Most series that are told apart; further routes are counted as `(other)`. */
const MAX_SERIES = 2_000
const MAX_ROUTE = 100

/** Returns numbers of nothing. */
export function emptyNginxNumbers(from = 0, to = 0): NginxNumbers {
  return { from, to, series: new Map(), dropped: 0 }
}

/** Adds what was counted elsewhere, or later. The span is left as it is. */
export function addNginxNumbers(into: NginxNumbers, from: NginxNumbers): void {
  into.dropped += from.dropped
  for (const one of from.series.values()) {
    const sum = nginxSeriesOf(into, one.kind, one.route, one.cache)
    sum.requests += one.requests
    sum.failed += one.failed
    sum.bytes += one.bytes
    sum.time.merge(one.time)
    sum.upstream.merge(one.upstream)
  }
}

/** Returns the series of a route, which is created at its first use. */
export function nginxSeriesOf(
  numbers: NginxNumbers,
  kind: NginxSeries['kind'],
  route: string,
  cache: NginxCacheStatus,
): NginxSeries {
  const key = `${kind}\t${route}\t${cache}`
  const known = numbers.series.get(key)
  if (known) return known
  if (numbers.series.size >= MAX_SERIES && route !== OTHER) return nginxSeriesOf(numbers, kind, OTHER, cache)
  const created: NginxSeries = {
    kind,
    route,
    cache,
    requests: 0,
    failed: 0,
    bytes: 0,
    time: new Histogram(),
    upstream: new Histogram(),
  }
  numbers.series.set(key, created)
  return created
}

/** Returns the status that a text names; `'-'` for one that is not known. */
export function cacheStatusOf(text: string | undefined): NginxCacheStatus {
  return NGINX_CACHE_STATUSES.find((status) => status === text) ?? '-'
}

/** Returns a route as it is kept: without control characters, and of bounded length. */
export function routeOf(text: string | undefined): string {
  return text ? text.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_ROUTE) : '-'
}

/** Writes numbers as lines, one for each series: the format of the Lua module. */
export function encodeNginxSeries({ series }: NginxNumbers): string {
  return [...series.values()]
    .map(({ kind, route, cache, requests, failed, bytes, time, upstream }) =>
      [
        kind,
        route,
        cache,
        requests,
        failed,
        bytes,
        time.count,
        time.sum,
        upstream.count,
        upstream.sum,
        time,
        upstream,
      ].join('\t'),
    )
    .join('\n')
}

/** Adds lines that {@link encodeNginxSeries} or the Lua module has written. */
export function addEncodedSeries(numbers: NginxNumbers, text: string): void {
  for (const line of text.split('\n')) {
    const fields = line.split('\t')
    const [kind, route, cache, requests, failed, bytes, , timeSum, , upstreamSum, times, upstreams] = fields
    const time = Histogram.parse(times ?? '', Number(timeSum))
    const upstream = Histogram.parse(upstreams ?? '', Number(upstreamSum))
    // A line of another version, or a damaged one.
    if (fields.length < 12 || !time || !upstream || !Number.isSafeInteger(Number(requests))) continue
    const sum = nginxSeriesOf(numbers, kind === 'sub' ? 'sub' : 'main', routeOf(route), cacheStatusOf(cache))
    sum.requests += Number(requests)
    sum.failed += Number(failed)
    sum.bytes += Number(bytes)
    sum.time.merge(time)
    sum.upstream.merge(upstream)
  }
}
