import type { ScriptCall } from '../job.ts'

/** A script keeps the server from all else while it runs: one call takes so many keys, and about so many bytes. */
const SCRIPT_KEYS = 64
const SCRIPT_BYTES = 256 * 1024

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = Array.of()
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size))
  return chunks
}

/** Jobs in the batches that one call of a script takes. */
export function scriptBatches(jobs: readonly ScriptCall[]): ScriptCall[][] {
  const batches: ScriptCall[][] = []
  let bytes = 0
  for (const job of jobs) {
    const size = job.args.reduce((sum, arg) => sum + arg.length, 0)
    const last = batches.at(-1)
    if (last && last.length < SCRIPT_KEYS && bytes + size <= SCRIPT_BYTES) {
      last.push(job)
      bytes += size
    } else {
      batches.push([job])
      bytes = size
    }
  }
  return batches
}

/** Sends all batches at once; errors stand for the keys of a batch that failed, where not all of them did. */
export async function sendAll<T, A>(
  batches: readonly T[][],
  send: (batch: T[]) => Promise<A[]>,
): Promise<(A | Error)[]> {
  if (batches.length === 1) return send(batches[0] as T[])
  const results = await Promise.allSettled(batches.map(send))
  if (batches.length > 0 && results.every(({ status }) => status === 'rejected')) {
    throw (results[0] as PromiseRejectedResult).reason
  }
  return results.flatMap<A | Error>((result, i) =>
    result.status === 'fulfilled' ? result.value : (batches[i] as T[]).map(() => result.reason as Error),
  )
}
