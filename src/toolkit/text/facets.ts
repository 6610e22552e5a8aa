import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'

/** Values of a document by the name of the facet: one, or several. */
export type Facets = Readonly<Record<string, string | readonly string[] | undefined>>

/** Returns the token of a value, without signs that have a meaning in the lines of a document. */
export function facetToken(name: string, value: string): string {
  return `x:${facetName(name)}=${encodeURIComponent(value.toWellFormed())}`
}

/** Returns the name of a facet as it is in keys. */
export function facetName(name: string): string {
  return encodeURIComponent(name)
}

/** Returns the value of which a part of a token is made. */
export function facetValue(encoded: string): string {
  return decodeURIComponent(encoded)
}

/** Returns each facet that has values, with them, each once. @throws OptionError */
export function readFacets(
  owner: string,
  facets: unknown,
  names: readonly string[],
): (readonly [name: string, values: readonly string[]])[] {
  if (facets === undefined) return []
  if (!isPlainObject(facets))
    throw new OptionError(
      `${owner}: facets must be an object such as { genre: 'drama' }; got ${show(facets)}`,
    )
  return Object.entries(facets).flatMap(([name, value]) => {
    checkFacet(owner, name, names)
    if (value === undefined) return []
    const values: unknown[] = Array.isArray(value) ? value : [value]
    return [[name, [...new Set(values.map((one) => checkValue(owner, name, one)))]]]
  })
}

/** @throws OptionError */
export function checkFacet(owner: string, name: unknown, names: readonly string[]): void {
  if (typeof name === 'string' && names.includes(name)) return
  const known = names.length === 0 ? 'it has none: pass facets to kit.index' : `it has ${names.join(', ')}`
  throw new OptionError(`${owner}: the index has no facet ${show(name)}; ${known}`)
}

function checkValue(owner: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new OptionError(
    `${owner}: a value of the facet ${name} must be a string that is not empty; got ${show(value)}`,
  )
}
