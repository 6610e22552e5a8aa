import type { NginxEntry } from './nginx-entry.ts'
import { cacheStatusOf, type NginxCacheStatus, type NginxSeries, routeOf } from './nginx-numbers.ts'
import { SeenSequences } from './seen-sequences.ts'

/** A request that waited for the application. */
export interface NginxMiss {
  /** When it was answered, by the clock of nginx' machine, in ms since 1970. */
  readonly time: number
  readonly kind: NginxSeries['kind']
  readonly route: string
  readonly cache: NginxCacheStatus
  readonly status: number
  /** Time of the request, in ms. */
  readonly requestTime: number
  /** Time of the application, in ms. */
  readonly upstreamTime: number
  readonly bytes: number
}

/** Reads the lines of entries, each once. */
export function missesIn(entries: readonly NginxEntry[]): NginxMiss[] {
  const seen = SeenSequences.parse(null)
  return entries.filter((entry) => seen.note(entry)).flatMap(({ text }) => text.split('\n').flatMap(missOf))
}

function missOf(line: string): NginxMiss | [] {
  const [time, kind, route, cache, status, requestTime, upstreamTime, bytes] = line.split('\t')
  if (bytes === undefined) return []
  return {
    time: Number(time),
    kind: kind === 'sub' ? 'sub' : 'main',
    route: routeOf(route),
    cache: cacheStatusOf(cache),
    status: Number(status),
    requestTime: Number(requestTime),
    upstreamTime: Number(upstreamTime),
    bytes: Number(bytes),
  }
}
