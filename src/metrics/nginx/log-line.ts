import type { NginxMiss } from './miss-lines.ts'
import { cacheStatusOf, type NginxNumbers, nginxSeriesOf, routeOf } from './nginx-numbers.ts'

/** A request, as a line of the JSON log has it. Its `upstreamTime` is -1 if none was asked. */
export type LoggedRequest = NginxMiss

/** Reads a line of the log format of deploy/nginx; undefined for anything else. */
export function loggedRequest(line: string): LoggedRequest | undefined {
  const fields = parse(line)
  const time = Number(fields?.ts) * 1000
  if (!fields || !(time > 0)) return undefined
  return {
    time: Math.round(time),
    // nginx has no variable that tells subrequests: their routes have names of their own.
    kind: fields.route?.startsWith('fragment:') ? 'sub' : 'main',
    route: routeOf(fields.route),
    cache: cacheStatusOf(fields.cache),
    status: Number(fields.status) || 0,
    requestTime: Math.round((Number(fields.time) || 0) * 1000),
    upstreamTime: upstreamTimeOf(fields.upstream),
    bytes: Number(fields.bytes) || 0,
  }
}

/** Counts a request, as the Lua module does. */
export function countRequest(numbers: NginxNumbers, request: LoggedRequest): void {
  const { kind, route, cache, status, requestTime, upstreamTime, bytes } = request
  const series = nginxSeriesOf(numbers, kind, route, cache)
  const waited = upstreamTime >= 0
  series.requests++
  series.bytes += bytes
  if (status >= 500) series.failed++
  // See NginxSeries: of a page that is refreshed in the background, the time is not its visitor's.
  if (cache !== 'STALE' || waited) series.time.record(requestTime)
  if (waited) series.upstream.record(upstreamTime)
}

/** Adds the times of all servers that were tried: "0.341", "0.100, 0.002". -1 where none was. */
function upstreamTimeOf(text: string | undefined): number {
  const times = text?.match(/\d+\.\d+/g)
  if (!times) return -1
  return Math.round(times.reduce((sum, one) => sum + Number(one), 0) * 1000)
}

function parse(line: string): Record<string, string> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, string>
  } catch {
    return undefined
  }
}
