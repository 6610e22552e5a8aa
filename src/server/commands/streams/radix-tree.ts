import type { StreamId } from './stream-id.ts'

/** Bytes of an id as a key. */
const KEY_BYTES = 16

/**
 * Returns how many nodes the radix tree has in which Redis would store these ids, of which XINFO
 * STREAM tells. Each is a key of 16 bytes. Bytes that no key branches at share one node.
 *
 * Source: rax, https://github.com/antirez/rax
 *
 * @param ids in their order
 */
export function countNodes(ids: readonly StreamId[]): number {
  const keys = ids.map(keyOf)
  return keys.length === 0 ? 1 : countBelow(keys, 0, keys.length, 0)
}

/** Counts the nodes of the keys from `begin` to `end`, which are equal in their first bytes. */
function countBelow(keys: readonly Uint8Array[], begin: number, end: number, equal: number): number {
  const first = keys[begin] as Uint8Array
  const last = keys[end - 1] as Uint8Array
  let branch = equal
  while (branch < KEY_BYTES && first[branch] === last[branch]) branch++
  // A node for the bytes that are equal, if there are any, and one that branches, or a leaf.
  let nodes = branch > equal ? 2 : 1
  if (branch === KEY_BYTES) return nodes
  for (let from = begin; from < end; ) {
    const byte = (keys[from] as Uint8Array)[branch]
    let to = from + 1
    while (to < end && (keys[to] as Uint8Array)[branch] === byte) to++
    nodes += countBelow(keys, from, to, branch + 1)
    from = to
  }
  return nodes
}

function keyOf({ ms, seq }: StreamId): Uint8Array {
  const key = new DataView(new ArrayBuffer(KEY_BYTES))
  key.setBigUint64(0, BigInt(ms))
  key.setBigUint64(8, BigInt(seq))
  return new Uint8Array(key.buffer)
}
