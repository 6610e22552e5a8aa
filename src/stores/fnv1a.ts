const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193

/** Returns the 32-bit FNV-1a hash (draft-eastlake-fnv) of a string, by UTF-16 units, signed. */
export function fnv1a(text: string, seed = OFFSET_BASIS): number {
  let hash = seed
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), PRIME)
  return hash
}
