import type { Store } from '../../stores/store.ts'
import { decodeKey } from '../key/decode-key.ts'

/** Most keys that are read: a large store is not read to its end for a hint. */
const MOST_KEYS = 10_000
/** Most prefixes that are returned. */
const MOST_PREFIXES = 10

/** Returns prefixes that a store has entries of, with their releases, sorted. */
export async function otherPrefixes(store: Store): Promise<string[]> {
  const found = new Set<string>()
  let read = 0
  for await (const key of store.keys?.('') ?? []) {
    const prefix = prefixOf(key)
    if (prefix !== undefined) found.add(prefix)
    if (++read === MOST_KEYS || found.size === MOST_PREFIXES) break
  }
  return [...found].sort()
}

/** Returns the prefix and the release of a key as options of a command; undefined for others. */
function prefixOf(key: string): string | undefined {
  for (const { index, 0: length } of key.matchAll(/:(\d+):/g)) {
    const start = index + length.length
    const end = start + Number(length.slice(1, -1))
    if (key[end] !== ':' || decodeKey(key.slice(0, end + 1), key) === undefined) continue
    const release = key.slice(start, end)
    return `--prefix ${key.slice(0, index)}${release === '' ? '' : ` --release ${release}`}`
  }
  return undefined
}
