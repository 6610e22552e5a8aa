import type { RedisLink } from './link.ts'

/** How many keys one step of a SCAN looks at. */
const SCAN_COUNT = 1000

/**
 * Pages of one server's keys that begin with `prefix`, without the first `skip` bytes of each. ioredis puts its
 * keyPrefix neither into a pattern nor off the answers: it is part of `prefix` here.
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

/** `* ? [ ] \` mean something in a SCAN pattern; keys hold them as themselves. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}
