import { isClusterClient, type RedisCommandClient } from './client.ts'

/** Number of keys that one step looks at. */
const SCAN_COUNT = '1000'

/**
 * Yields the keys that match a pattern, in pages, one primary of a cluster after the other. A key
 * may come twice.
 *
 * @param send sends SCAN with its arguments to a node
 */
export async function* scanNodes(
  main: RedisCommandClient,
  send: (node: RedisCommandClient, args: string[]) => Promise<unknown>,
  pattern: string,
): AsyncGenerator<Buffer[], void, void> {
  // Until it has sent a command it may know no nodes.
  if (isClusterClient(main)) await main.time()
  const nodes = isClusterClient(main) ? main.nodes('master') : [main]
  for (const node of nodes as RedisCommandClient[]) {
    let cursor = '0'
    do {
      const [next, keys] = (await send(node, [cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT])) as [
        Buffer,
        Buffer[],
      ]
      cursor = next.toString()
      yield keys
    } while (cursor !== '0')
  }
}

/** Escapes `* ? [ ] \`, which have a meaning in a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}
