import { listOf, pairsOf, textOf } from '../../streams/replies.ts'

/** An entry of the stream: what one process counted in one interval. */
export interface DeltaEntry {
  readonly id: string
  /** When it was counted, by the clock of the server: its id, less its age. In ms. */
  readonly time: number
  /** A packed snapshot. */
  readonly data: Buffer
}

/** Reads entries from a reply to XRANGE. */
export function deltaEntries(reply: unknown): DeltaEntry[] {
  return listOf(reply).map((entry) => {
    const [id, fields] = listOf(entry)
    const byName = new Map(pairsOf(fields))
    const data = byName.get('data')
    return {
      id: textOf(id),
      time: millisecondsOf(textOf(id)) - ageOf(byName.get('age')),
      data: Buffer.isBuffer(data) ? data : Buffer.alloc(0),
    }
  })
}

/** Returns the time of an id. */
export function millisecondsOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')))
}

function ageOf(field: unknown): number {
  const age = Number(textOf(field ?? ''))
  return age >= 0 && Number.isFinite(age) ? age : 0
}
