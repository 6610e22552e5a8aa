import type { VersionedBy } from '../options/cache-option-groups.ts'
import { encodePart } from './fragment-key.ts'

/** Parts of a key, and their versions. */
interface VersionedParts {
  readonly parts: readonly unknown[]
  /** Of all parts; '' if none has one. */
  readonly version: string
}

/**
 * Replaces versioned objects: one keys by its `cacheKey`, and is valid for its `cacheVersion` only.
 * A new version takes the place of the old one.
 * @returns undefined if no part is an object
 * @throws KeyPartError for a version that has no stable form
 */
export function withVersions(
  parts: readonly unknown[],
  versionedBy: readonly VersionedBy[],
  name: string,
): VersionedParts | undefined {
  if (!parts.some(isObject)) return undefined
  let version = ''
  const keys = parts.map((part) => {
    const pair = versionedBy.find((names) => isVersioned(part, names))
    if (!pair) return part
    const [key, of] = pair.map((name) => (part as Record<string, unknown>)[name])
    version += encodePart(of, `The version of a part of the key of the fragment "${name}"`)
    return key
  })
  return { parts: keys, version }
}

function isVersioned(part: unknown, [key, version]: VersionedBy): boolean {
  if (!isObject(part)) return false
  const of = part as Record<string, unknown>
  return isSomething(of[key]) && isSomething(of[version])
}

function isObject(part: unknown): part is object {
  return typeof part === 'object' && part !== null
}

function isSomething(value: unknown): boolean {
  return value !== undefined && value !== null
}
