import { type ScriptCall, sizeOfCall } from '../script-call.ts'

/** Most keys of one script call. The server does nothing else while a script runs. */
const SCRIPT_KEYS = 64
/** Most bytes of the arguments of one script call, about. */
const SCRIPT_BYTES = 256 * 1024

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = Array.of()
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size))
  return chunks
}

/** Splits calls into the batches of one `EVALSHA` each. */
export function scriptBatches(calls: readonly ScriptCall[]): ScriptCall[][] {
  const batches: ScriptCall[][] = []
  let bytes = 0
  for (const call of calls) {
    const size = sizeOfCall(call)
    const last = batches.at(-1)
    if (last && last.length < SCRIPT_KEYS && bytes + size <= SCRIPT_BYTES) {
      last.push(call)
      bytes += size
    } else {
      batches.push([call])
      bytes = size
    }
  }
  return batches
}

/**
 * Sends all batches at once. Rejects if all of them fail; else one that fails is errors of its
 * keys.
 */
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
