/**
 * Braces are escaped in the keys of a cluster. Keys contain what visitors send, and a text in
 * braces chooses the slot of its key: anyone could gather keys on one node. A `keyPrefix` is not
 * escaped: it is chosen by the site, and `{shop}:` puts all its keys in one slot.
 */
const ESCAPED: Readonly<Record<string, string>> = { '%': '%25', '{': '%7B', '}': '%7D' }
const UNESCAPED: Readonly<Record<string, string>> = { '%25': '%', '%7B': '{', '%7D': '}' }

/** Escapes character by character, so that prefixes stay prefixes. */
export function toClusterKey(key: string): string {
  return /[%{}]/.test(key) ? key.replace(/[%{}]/g, (character) => ESCAPED[character] as string) : key
}

export function fromClusterKey(key: string): string {
  return key.includes('%') ? key.replace(/%25|%7B|%7D/g, (escaped) => UNESCAPED[escaped] as string) : key
}
