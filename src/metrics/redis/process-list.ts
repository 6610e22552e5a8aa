import { textOf } from '../../streams/replies.ts'
import type { MetricsProcess } from '../metrics-reader.ts'

/** How long a process that says nothing is listed, in ms: it may only be cut off. */
const LISTED = 10 * 60_000

/** Reads the hash in which each process says that it is there. */
export function readProcesses(
  pairs: readonly (readonly [id: string, value: unknown])[],
  now: number,
): MetricsProcess[] {
  return pairs
    .flatMap(([id, value]) => readProcess(id, textOf(value)) ?? [])
    .filter(({ seen }) => seen >= now - LISTED)
    .sort((one, other) => other.pages - one.pages || (one.id < other.id ? -1 : 1))
}

/** @param value sequence, time and JSON, as the script PUSH writes it */
function readProcess(id: string, value: string): MetricsProcess | undefined {
  const [, seen, json = ''] = /^\d+ (\d+) (.*)$/s.exec(value) ?? []
  try {
    const { pid, host, pages, closed } = JSON.parse(json) as Record<string, unknown>
    if (closed === true || typeof pid !== 'number' || typeof host !== 'string') return undefined
    return { id, pid, host, seen: Number(seen), pages: typeof pages === 'number' ? pages : 0 }
  } catch {
    return undefined
  }
}
