import type { StreamId, Word } from './stream-id.ts'

/** Bytes of an id as a key. */
const KEY_BYTES = 16
const WORD_BYTES = 8

/**
 * Returns how many nodes the radix tree has in which Redis would store these ids, of which XINFO
 * STREAM tells. Each is a key of 16 bytes. Bytes that no key branches at share one node.
 *
 * Source: rax, https://github.com/antirez/rax
 *
 * @param ids in their order
 */
export function countNodes(ids: readonly StreamId[]): number {
  const { length } = ids
  if (length === 0) return 1
  const keys = new Uint8Array(length * KEY_BYTES)
  for (const [n, { ms, seq }] of ids.entries()) {
    writeWord(keys, n * KEY_BYTES, ms)
    writeWord(keys, n * KEY_BYTES + WORD_BYTES, seq)
  }
  return countBelow(keys, 0, length, 0)
}

/** Counts the nodes of the keys from `begin` to `end`, which are equal in their first bytes. */
function countBelow(keys: Uint8Array, begin: number, end: number, equal: number): number {
  const first = begin * KEY_BYTES
  const last = (end - 1) * KEY_BYTES
  let branch = equal
  while (branch < KEY_BYTES && keys[first + branch] === keys[last + branch]) branch++
  // A node for the bytes that are equal, if there are any, and one that branches, or a leaf.
  let nodes = branch > equal ? 2 : 1
  if (branch === KEY_BYTES) return nodes
  for (let from = begin; from < end; ) {
    const byte = keys[from * KEY_BYTES + branch]
    let to = from + 1
    while (to < end && keys[to * KEY_BYTES + branch] === byte) to++
    nodes += countBelow(keys, from, to, branch + 1)
    from = to
  }
  return nodes
}

/** Writes a word, the highest byte first. */
function writeWord(bytes: Uint8Array, at: number, word: Word): void {
  let high = typeof word === 'number' ? Math.floor(word / 2 ** 32) : Number(word >> 32n)
  let low = typeof word === 'number' ? word % 2 ** 32 : Number(BigInt.asUintN(32, word))
  for (let n = 3; n >= 0; n--) {
    bytes[at + n] = high & 255
    bytes[at + 4 + n] = low & 255
    high >>>= 8
    low >>>= 8
  }
}
