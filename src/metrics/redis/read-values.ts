import type { CommandClient } from '../../redis/command-client.ts'
import { listOf } from '../../streams/replies.ts'

/** Most values of one command: the server serves others between two of them. */
const MOST_KEYS = 100

/** Reads values; null for each that is not there. Their keys are in one slot. */
export async function readValues(
  client: CommandClient,
  keys: readonly string[],
): Promise<readonly (Buffer | null)[]> {
  const values: (Buffer | null)[] = []
  for (let from = 0; from < keys.length; from += MOST_KEYS) {
    const part = keys.slice(from, from + MOST_KEYS)
    const reply = listOf(await client.call('MGET', part))
    for (const at of part.keys()) {
      const value = reply[at]
      values.push(Buffer.isBuffer(value) ? value : null)
    }
  }
  return values
}
