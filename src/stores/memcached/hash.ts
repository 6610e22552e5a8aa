/** FNV-1a of 32 bits (draft-eastlake-fnv), over UTF-16 units: the same in every process. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193)
  return hash >>> 0
}
