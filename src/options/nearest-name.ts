import { closestMatch } from 'leven'

/** Names by which other packages, and first guesses, call options of ours. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  maxAge: 'ttl',
  expires: 'ttl',
  maxSize: 'maxBytes',
  max: 'maxBytes',
  size: 'maxBytes',
  swr: 'staleWhileRevalidate',
  stale: 'staleWhileRevalidate',
  name: 'method',
}

/**
 * Returns the name that a misspelt one most likely stands for: case and separators do not count.
 */
export function nearestOf(name: string, allowed: readonly string[]): string | undefined {
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
  if (elsewhere !== undefined && allowed.includes(elsewhere)) return elsewhere
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '')
  const names = new Map(allowed.map((one) => [plain(one), one]))
  const maxDistance = Math.max(2, Math.ceil(name.length / 3))
  const match = closestMatch(plain(name), [...names.keys()], { maxDistance })
  return match === undefined ? undefined : names.get(match)
}
