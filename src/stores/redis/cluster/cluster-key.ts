/**
 * Keys hold what visitors send. Between braces it would choose the slot of its key, and so the node: everybody
 * could gather keys on one of them. So in a cluster no key holds a brace as itself. A `keyPrefix` does: it is the
 * site's own word, and `{shop}:` keeps all its keys in one slot.
 */
const WRITTEN: Readonly<Record<string, string>> = { '%': '%25', '{': '%7B', '}': '%7D' }
const READ: Readonly<Record<string, string>> = { '%25': '%', '%7B': '{', '%7D': '}' }

/** Character by character: what begins with a text begins with it afterwards, too. */
export function toClusterKey(key: string): string {
  return /[%{}]/.test(key) ? key.replace(/[%{}]/g, (character) => WRITTEN[character] as string) : key
}

export function fromClusterKey(key: string): string {
  return key.includes('%') ? key.replace(/%25|%7B|%7D/g, (written) => READ[written] as string) : key
}
