import { OptionError } from '../../errors.ts'
import { readBoolean, refuseOption } from '../../options/read-option.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { splitWords } from '../words/split-words.ts'
import { checkItemName } from './item.ts'
import { cutWord } from './title-words.ts'

/** Options of a search. */
export interface AutocompleteSearchOptions {
  /**
   * Most items that are returned, from 1 to 100.
   *
   * @defaultValue 10
   */
  readonly limit?: number | undefined
  /**
   * Types of which items are returned.
   *
   * @defaultValue all
   */
  readonly types?: readonly string[] | undefined
  /**
   * Factors of the relevance, by id or type: below 1 an item sinks. For this search they replace
   * those that are stored. Factors are above 0, up to 1000, and at most 100.
   *
   * @defaultValue those that are stored
   */
  readonly boosts?: Readonly<Record<string, number>> | undefined
  /**
   * Where nothing is found, also finds words of four letters and more with a typing mistake. A
   * number does so where fewer items are found: the others come after those.
   *
   * @defaultValue true
   */
  readonly fuzzy?: boolean | number | undefined
  /**
   * Returns which parts of the titles match.
   *
   * @defaultValue false
   */
  readonly highlight?: boolean | undefined
  /**
   * Ends the wait for the reply, such as when the visitor has typed the next letter.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** Checked options. */
export interface SearchRequest {
  readonly limit: number
  readonly types: readonly string[]
  readonly boosts: readonly (readonly [name: string, factor: number])[]
  /** Least number of results; where there are fewer, typing mistakes are searched for. */
  readonly fuzzy: number
  readonly highlight: boolean
  readonly signal: AbortSignal | undefined
}

const NAMES = ['limit', 'types', 'boosts', 'fuzzy', 'highlight', 'signal']
const MAX_LIMIT = 100
const MAX_BOOSTS = 100
const MAX_FACTOR = 1_000
/** Most words of a phrase that are searched. */
const MAX_QUERY_WORDS = 16
/** Longest part of a phrase that is split, in code units. */
const MAX_QUERY = 1_000

/** @throws OptionError */
export function readSearchOptions(options: AutocompleteSearchOptions): SearchRequest {
  if (!isPlainObject(options))
    throw new OptionError(`search takes an object of options; got ${show(options)}`)
  refuseUnknownOptions('search', options, NAMES, {
    count: 'limit',
    type: 'types',
    boost: 'boosts',
    typos: 'fuzzy',
  })
  const {
    limit = 10,
    types,
    boosts = {},
    fuzzy = true,
    highlight = false,
    signal,
  } = options as AutocompleteSearchOptions
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return refuseOption('limit', `a whole number from 1 to ${MAX_LIMIT}`, limit)
  return {
    limit,
    types: readTypes(types),
    boosts: readBoosts(boosts),
    fuzzy: readFuzzy(fuzzy),
    highlight: readBoolean('highlight', highlight),
    signal,
  }
}

/** Reads a factor of the relevance. @throws OptionError */
export function readFactor(factor: unknown): number {
  if (typeof factor === 'number' && factor > 0 && factor <= MAX_FACTOR) return factor
  return refuseOption('boost', `a number above 0, up to ${MAX_FACTOR}`, factor)
}

function readFuzzy(fuzzy: unknown): number {
  if (typeof fuzzy === 'boolean') return fuzzy ? 1 : 0
  if (typeof fuzzy === 'number' && Number.isInteger(fuzzy) && fuzzy >= 0) return fuzzy
  return refuseOption('fuzzy', 'true, false or a whole number', fuzzy)
}

function readTypes(types: unknown): string[] {
  if (types === undefined) return []
  if (!Array.isArray(types) || types.length === 0)
    return refuseOption('types', "an array of at least one type, such as ['film']", types)
  return [...new Set(types.map((type) => checkItemName('type', type)))]
}

function readBoosts(boosts: unknown): [string, number][] {
  const example = 'an object of factors by id or type, such as { film: 2 }, of at most 100'
  if (!isPlainObject(boosts)) return refuseOption('boosts', example, boosts)
  const entries = Object.entries(boosts)
  if (entries.length > MAX_BOOSTS) return refuseOption('boosts', example, boosts)
  return entries.map(([name, factor]) => [checkItemName('id', name), readFactor(factor)])
}

/** Returns the words of a phrase, each once. */
export function queryWords(phrase: string): string[] {
  const words = splitWords(phrase.slice(0, MAX_QUERY)).map(({ folded }) => cutWord(folded))
  return [...new Set(words)].filter((word) => word !== '').slice(0, MAX_QUERY_WORDS)
}

/** Returns the arguments of the script. */
export function searchArguments(
  words: readonly string[],
  { limit, types, boosts, fuzzy }: Omit<SearchRequest, 'highlight' | 'signal'>,
): string[] {
  const counts = [limit, Math.min(limit, fuzzy), words.length, types.length, boosts.length]
  return [...counts, ...words, ...types, ...boosts.flat()].map(String)
}
