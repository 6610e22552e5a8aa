import { closestMatch } from 'leven'
import { OptionError } from '../errors.ts'

/** Renames that no distance finds, by what is written in their place. */
export type Meant = Readonly<Record<string, string>>

/**
 * Refuses options whose names are not known.
 * @param owner what takes them, such as `redisStore`
 * @param meant hints for names that users of other packages write
 * @throws OptionError that names the nearest option first
 */
export function refuseUnknownOptions(
  owner: string,
  options: object,
  allowed: readonly string[],
  meant: Meant = {},
): void {
  const unknown = Object.keys(options).find((name) => !allowed.includes(name))
  if (unknown === undefined) return
  const hint = Object.hasOwn(meant, unknown) ? meant[unknown] : nearestOf(unknown, allowed)
  const near = hint === undefined ? '.' : `: ${hint.endsWith('.') ? hint : `did you mean "${hint}"?`}`
  throw new OptionError(`${owner} has no option "${unknown}"${near} It takes: ${allowed.join(', ')}.`)
}

/** Names of other caches, and ours for the same. */
const ELSEWHERE: Meant = {
  maxAge: 'ttl',
  expires: 'ttl',
  maxSize: 'maxBytes',
  max: 'maxBytes',
  swr: 'staleWhileRevalidate',
}

/** Returns the name that a misspelt one most likely stands for: case and separators do not count. */
export function nearestOf(name: string, allowed: readonly string[]): string | undefined {
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
  if (elsewhere !== undefined && allowed.includes(elsewhere)) return elsewhere
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '')
  const names = new Map(allowed.map((one) => [plain(one), one]))
  const maxDistance = Math.max(2, Math.ceil(name.length / 3))
  const match = closestMatch(plain(name), [...names.keys()], { maxDistance })
  return match === undefined ? undefined : names.get(match)
}
