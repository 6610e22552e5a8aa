import { readString } from '../../options/read-option.ts'
import { escapePattern } from '../../redis/scan-nodes.ts'
import type { KitContext } from '../kit-context.ts'

/** Yields the names of the keys that match a pattern, each once. @throws OptionError */
export async function* keysOf(
  { client, prefix }: KitContext,
  pattern: string,
): AsyncGenerator<string, void, void> {
  readString('pattern', pattern)
  const begin = client.keyPrefix + prefix
  const skip = Buffer.byteLength(begin)
  const seen = new Set<string>()
  for await (const page of client.scan(escapePattern(begin) + pattern)) {
    for (const key of page) {
      const name = key.toString('utf8', skip)
      if (seen.has(name)) continue
      seen.add(name)
      yield name
    }
  }
}
