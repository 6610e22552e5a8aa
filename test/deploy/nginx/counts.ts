import type { Redis } from 'ioredis'

/** The sum of a series, as the Lua module has counted it. */
export interface Sum {
  n: number
  failed: number
  bytes: number
  timed: number
  upstreamTimed: number
}

/** All that a stream of counts has. */
export interface Counted {
  /** By `kind route status`. */
  readonly series: Record<string, Sum>
  readonly dropped: number
  /** Entries that were there twice. */
  readonly duplicates: number
  /** Sequences of each worker that are missing. */
  readonly missing: number
}

/**
 * Adds up the stream of counts in the simplest way there is: an oracle for the reader of the
 * package, and for what nginx was asked.
 */
export async function countedIn(redis: Redis, prefix = 'onetrip'): Promise<Counted> {
  const series: Record<string, Sum> = {}
  const seen = new Map<string, Set<number>>()
  let dropped = 0
  let duplicates = 0
  for (const [, values] of await redis.xrange(`${prefix}:nginx:seconds`, '-', '+')) {
    const fields = Object.fromEntries(
      values.map((value, at) => [values[at - 1], value]).filter((_, at) => at % 2 === 1),
    )
    const sequences = seen.get(fields.boot) ?? new Set()
    seen.set(fields.boot, sequences)
    const sequence = Number(fields.sequence)
    if (sequences.has(sequence)) {
      duplicates++
      continue
    }
    sequences.add(sequence)
    dropped += Number(fields.dropped)
    for (const line of (fields.series as string).split('\n')) {
      const [kind, route, cache, n, failed, bytes, timed, , upstreamTimed] = line.split('\t')
      const name = `${kind} ${route} ${cache}`
      const sum = series[name] ?? { n: 0, failed: 0, bytes: 0, timed: 0, upstreamTimed: 0 }
      series[name] = sum
      sum.n += Number(n)
      sum.failed += Number(failed)
      sum.bytes += Number(bytes)
      sum.timed += Number(timed)
      sum.upstreamTimed += Number(upstreamTimed)
    }
  }
  const missing = [...seen.values()].map((sequences) => Math.max(...sequences) - sequences.size)
  return { series, dropped, duplicates, missing: missing.reduce((sum, one) => sum + one, 0) }
}

/** The sum of `n` over all series. */
export function total({ series }: Counted): number {
  return Object.values(series).reduce((sum, { n }) => sum + n, 0)
}
