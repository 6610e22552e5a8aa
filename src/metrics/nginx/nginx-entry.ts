import { listOf, pairsOf, textOf } from '../../streams/replies.ts'
import { millisecondsOf } from '../redis/delta-entries.ts'

/** An entry of either stream: what one worker of nginx counted in one second. */
export interface NginxEntry {
  readonly id: string
  /** When it was counted, by the clock of Redis: its id, less its age. In ms. */
  readonly time: number
  /** The worker, as long as it runs: its machine, and an id that is new at each start. */
  readonly boot: string
  /** Rises by one with each batch of a worker. An entry that is there twice has the same. */
  readonly sequence: number
  readonly dropped: number
  /** The field `series`, or `lines`. */
  readonly text: string
}

/** Version of the entries that this release reads. */
const VERSION = '1'

/** Reads entries from a reply to XRANGE. Those of another version have no text. */
export function nginxEntries(reply: unknown): NginxEntry[] {
  return listOf(reply).map((entry) => {
    const [id, fields] = listOf(entry)
    const byName = new Map(pairsOf(fields))
    const field = (name: string) => textOf(byName.get(name) ?? '')
    const isKnown = field('version') === VERSION
    return {
      id: textOf(id),
      time: millisecondsOf(textOf(id)) - (Number(field('age')) || 0),
      boot: `${field('node')} ${field('boot')}`,
      sequence: Number(field('sequence')),
      dropped: Number(field('dropped')) || 0,
      text: isKnown ? field('series') || field('lines') : '',
    }
  })
}
