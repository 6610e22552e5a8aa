import type { RawClient } from '../helpers/raw-client.ts'
import { normalised } from './normalise.ts'

/** The first request that two servers answer otherwise. */
export interface Difference {
  /** Index of the request. */
  readonly at: number
  readonly ours: string
  readonly redis: string
}

/** Sends the same requests to two servers that are empty. Returns the first difference. */
export async function compare(
  ours: RawClient,
  redis: RawClient,
  requests: readonly string[][],
): Promise<Difference | undefined> {
  const all = [['DISCARD'], ['FLUSHALL'], ['SCRIPT', 'FLUSH'], ...requests]
  const [ourReplies, redisReplies] = await Promise.all([ours.pipeline(all), redis.pipeline(all)])
  let queue: string[][] = []
  for (const [n, request] of requests.entries()) {
    const [ourReply, redisReply] = [ourReplies[n + 3] as string, redisReplies[n + 3] as string]
    if (ourReply !== redisReply) {
      const [one, other] = [ourReply, redisReply].map((reply) => normalised(request, reply, queue))
      if (one !== other) return { at: n, ours: ourReply, redis: redisReply }
    }
    if (request[0] === 'MULTI') queue = []
    // Requests that are refused are not queued.
    else if (redisReply === '+QUEUED\r\n') queue.push(request)
  }
  return undefined
}

/**
 * Leaves out requests as long as the servers still differ. Returns those that are needed.
 *
 * Source: delta debugging, Zeller and Hildebrandt 2002.
 */
export async function shrink(
  requests: readonly string[][],
  differ: (requests: readonly string[][]) => Promise<boolean>,
): Promise<string[][]> {
  let kept = [...requests]
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < kept.length; ) {
      const without = kept.toSpliced(at, size)
      if (await differ(without)) kept = without
      else at += size
    }
  return kept
}
