import { OptionError } from '../../errors.ts'
import { refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { checkFacet, type Facets, readFacets } from './facets.ts'

/** Most hits that one search returns. */
const MAX_LIMIT = 1_000
/** Most documents that one search considers: 1 to 2 s of Redis, which does nothing else then. */
const MAX_CANDIDATES = 100_000

/** Options of `search` of a full-text index. */
export interface SearchOptions {
  /**
   * Most hits, up to 1,000.
   *
   * @defaultValue `10`
   */
  readonly limit?: number | undefined
  /**
   * Number of hits that come before, on pages that the visitor has seen.
   *
   * @defaultValue `0`
   */
  readonly offset?: number | undefined
  /**
   * Facets whose values are counted, over all documents found.
   *
   * @defaultValue `[]`
   */
  readonly facets?: readonly string[] | undefined
  /**
   * Values that a document must have; of an array, one of them.
   *
   * @defaultValue `{}`
   */
  readonly where?: Facets | undefined
  /**
   * Most documents that are considered, up to 100,000: those in which the rarest word of the query
   * weighs most. It limits the time that a search takes Redis: up to 2 s for 100,000.
   *
   * @defaultValue `1000`
   */
  readonly candidates?: number | undefined
}

/** Checked {@link SearchOptions}. */
export interface CheckedSearchOptions {
  readonly limit: number
  readonly offset: number
  readonly candidates: number
  readonly facets: readonly string[]
  readonly where: readonly (readonly [facet: string, values: readonly string[]])[]
}

/** @param names facets of the index @throws OptionError */
export function readSearchOptions(options: SearchOptions, names: readonly string[]): CheckedSearchOptions {
  if (!isPlainObject(options))
    throw new OptionError(`search takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('search', options, ['limit', 'offset', 'facets', 'where', 'candidates'], {
    filter: 'where',
    skip: 'offset',
    count: 'limit',
  })
  const { limit = 10, offset = 0, candidates = 1_000, facets = [], where } = options as SearchOptions
  if (!Array.isArray(facets)) refuseOption('facets', "an array of names such as ['genre']", facets)
  for (const name of facets) checkFacet('search', name, names)
  return {
    limit: readUpTo('limit', limit, 0, MAX_LIMIT),
    offset: readUpTo('offset', offset, 0, MAX_CANDIDATES),
    candidates: readUpTo('candidates', candidates, 1, MAX_CANDIDATES),
    facets: [...facets],
    where: readFacets('search', where, names),
  }
}

function readUpTo(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  return refuseOption(option, `a whole number from ${least} to ${most}`, value)
}
