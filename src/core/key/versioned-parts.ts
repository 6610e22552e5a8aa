import { encodePart } from './fragment-key.ts'

/** Properties that make an object a versioned part: what its key is, and what its version. */
export type VersionedBy = readonly [key: string, version: string]

/** Parts of a key as they count, and the versions that they bring. A class: see `Values#holes`. */
export class VersionedParts {
  readonly parts: readonly unknown[]
  /** Of all of them; '' where none has one. */
  readonly version: string

  constructor(parts: readonly unknown[], version: string) {
    this.parts = parts
    this.version = version
  }
}

/**
 * An object that brings a version keys by its `cacheKey`, and is valid for its `cacheVersion` only: a new version takes
 * the old one's place instead of leaving it behind.
 * @throws KeyPartError for a version that has no stable form
 */
export function withVersions(
  parts: readonly unknown[],
  versionedBy: readonly VersionedBy[],
  name: string,
): VersionedParts {
  if (!parts.some((part) => typeof part === 'object' && part !== null)) return new VersionedParts(parts, '')
  let version = ''
  const keys = parts.map((part) => {
    const pair = versionedBy.find((names) => isVersioned(part, names))
    if (!pair) return part
    const [key, of] = pair.map((name) => (part as Record<string, unknown>)[name])
    version += encodePart(of, `The version of a part of the key of the fragment "${name}"`)
    return key
  })
  return new VersionedParts(keys, version)
}

function isVersioned(part: unknown, [key, version]: VersionedBy): boolean {
  if (typeof part !== 'object' || part === null) return false
  const of = part as Record<string, unknown>
  return isSomething(of[key]) && isSomething(of[version])
}

function isSomething(value: unknown): boolean {
  return value !== undefined && value !== null
}
