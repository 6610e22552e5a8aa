import type { CommandClient } from '../../redis/command-client.ts'

/**
 * Yields the entries of a stream after an id, as many of one command as `count`: the server serves
 * others between two commands.
 *
 * @param parse reads the answer of XRANGE
 */
export async function* entriesAfter<Entry extends { readonly id: string }>(
  client: CommandClient,
  stream: string,
  id: string,
  count: number,
  parse: (reply: unknown) => readonly Entry[],
): AsyncGenerator<Entry, void, void> {
  for (let after = id; ; ) {
    const entries = parse(await client.call('XRANGE', [stream, `(${after}`, '+', 'COUNT', String(count)]))
    yield* entries
    const last = entries.at(-1)
    if (!last || entries.length < count) return
    after = last.id
  }
}
