import { facetValue } from './facets.ts'

/** A document that a search found. */
export interface Hit<Data> {
  readonly key: string
  /** Relevance: comparable within one result only. */
  readonly score: number
  /** Undefined if the document was added without. */
  readonly data: Data | undefined
}

/** Result of a search. */
export interface SearchResult<Data> {
  readonly hits: readonly Hit<Data>[]
  /** Number of documents found, of which `hits` are a part. */
  readonly total: number
  /**
   * False if there were more candidates than the search may consider: then documents may be missing
   * in `total`, in the counts of facets, and, where their words weigh less, in `hits`.
   */
  readonly complete: boolean
  /** For each facet that was asked for, its values with the number of documents, most first. */
  readonly facets: Readonly<Record<string, readonly FacetCount[]>>
}

/** Number of documents that have a value of a facet. */
export interface FacetCount {
  readonly value: string
  readonly count: number
}

/** @param names facets that were counted, in their order */
export function readSearchReply<Data>(
  reply: unknown,
  names: readonly string[],
  decode: (data: unknown) => Data | undefined,
): SearchResult<Data> {
  const [total, complete, flat, counts] = reply as [unknown, unknown, unknown[], unknown[][]]
  const hits = pairsOf(flat, 3).map(([key, score, data]) => ({
    key: String(key),
    score: Number(score),
    data: decode(data),
  }))
  const facets = names.map((name, n): [string, FacetCount[]] => [name, readCounts(counts[n] ?? [])])
  return {
    hits,
    total: Number(total),
    complete: Number(complete) === 1,
    facets: Object.fromEntries(facets),
  }
}

function readCounts(flat: readonly unknown[]): FacetCount[] {
  const counts = pairsOf(flat, 2).map(([value, count]) => ({
    value: facetValue(String(value)),
    count: Number(count),
  }))
  return counts.sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
}

function pairsOf(flat: readonly unknown[], size: number): unknown[][] {
  return Array.from({ length: flat.length / size }, (_, n) => flat.slice(n * size, (n + 1) * size))
}
