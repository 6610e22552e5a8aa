import type { RedisLink } from './link.ts'

/** Number of keys that one step of a SCAN looks at. */
const SCAN_COUNT = 1000

/**
 * Yields pages of one server's keys that begin with `prefix`, without the first `skip` bytes of
 * each. ioredis neither adds its keyPrefix to a pattern nor removes it from results, so `prefix`
 * includes it.
 */
export async function* scan(link: RedisLink, prefix: string, skip: number): AsyncIterable<string[]> {
  const pattern = `${escapeGlob(prefix)}*`
  let cursor = '0'
  do {
    const [next, found] = await link.send((client) =>
      client.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT),
    )
    cursor = next.toString()
    yield found.map((key) => key.toString('utf8', skip))
  } while (cursor !== '0')
}

/** Escapes `* ? [ ] \`, which have a meaning in a SCAN pattern. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}
