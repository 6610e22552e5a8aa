import { OptionError, ToolkitError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type AddManyOptions, inChunks, readAddMany } from '../add-many.ts'
import { type Codec, checkCodec } from '../codec/codec.ts'
import { integerOf, listOf, textOf } from '../containers/replies.ts'
import { Family } from '../family.ts'
import type { KitContext } from '../kit-context.ts'
import { type HighlightRange, highlightRanges } from './highlight.ts'
import {
  type AutocompleteEntry,
  type AutocompleteItem,
  type AutocompletePatch,
  checkItem,
  checkItemName,
  checkPatch,
} from './item.ts'
import { itemArguments, patchArguments, readRecord } from './record.ts'
import { ADD, BOOST, FLUSH, REMOVE, TOO_MANY_TYPES, UPDATE } from './scripts/changes.ts'
import { MAX_TYPES } from './scripts/indexing.ts'
import { GET, HAS, SCAN, SIZE } from './scripts/reads.ts'
import { SEARCH } from './scripts/search.ts'
import {
  type AutocompleteSearchOptions,
  queryWords,
  readFactor,
  readSearchOptions,
  searchArguments,
} from './search-options.ts'

/** Options of {@link Toolkit.autocomplete}. */
export interface AutocompleteOptions<Out = unknown, In = Out> {
  /**
   * Codec of the data of items.
   *
   * @defaultValue the codec of the toolkit
   */
  readonly codec?: Codec<Out, In> | undefined
}

/** An item that a search found. */
export interface AutocompleteResult<Out = unknown> extends AutocompleteEntry<Out> {
  /** Parts of the title that match. Empty without the option `highlight`. */
  readonly highlights: readonly HighlightRange[]
}

/** Items that a step of flush removes, and that a page of an iteration has. */
const FLUSH_ITEMS = '100'
const PAGE = '500'

/**
 * Finds items by the beginnings of the words of their titles, while a visitor types. Made by
 * {@link Toolkit.autocomplete}.
 *
 * Every change is one script, and a search reads what the last one left: results are never stale.
 * All keys of an index are in one slot of a cluster.
 *
 * @typeParam Out data as they are read
 * @typeParam In data as they are written
 *
 * @example
 * ```ts
 * const films = kit.autocomplete<{ year: number }>('films')
 * await films.add({ id: '1', title: 'The Matrix', score: 0.9, data: { year: 1999 } })
 * const found = await films.search('matr', { limit: 8, highlight: true })
 * ```
 */
export class Autocomplete<Out = unknown, In = Out> extends Family {
  readonly #codec: Codec<Out, In>

  /** @internal */
  constructor(context: KitContext, name: unknown, options: AutocompleteOptions<Out, In> = {}) {
    super(context, 'autocomplete', name)
    if (!isPlainObject(options))
      throw new OptionError(`autocomplete takes an object of options; got ${show(options)}`)
    refuseUnknownOptions('autocomplete', options, ['codec'])
    this.#codec = checkCodec('autocomplete', options.codec ?? context.codec)
  }

  /**
   * Adds an item, or replaces that of the same id: its old words no longer find it.
   *
   * @returns true if there was none of this id
   * @throws OptionError, ToolkitError (`full`: more than 32 types), StoreError, ClosedError
   */
  add(item: AutocompleteItem<In>): Promise<boolean> {
    return this.run(ADD, () => itemArguments(checkItem<In>(item), this.#codec), this.#isChanged)
  }

  /**
   * Adds many items, each by a script, so that others are served meanwhile. Those that were added
   * stay if it fails or is aborted: adding them again does no harm.
   *
   * @param items may come from a database: they are read as they are sent
   * @returns the number of items
   * @throws like `add`; the reason of the signal; what the items and `onProgress` throw
   *
   * @example
   * ```ts
   * await films.addMany(rows(), { onProgress: (added) => console.log(added) })
   * ```
   */
  async addMany(
    items: Iterable<AutocompleteItem<In>> | AsyncIterable<AutocompleteItem<In>>,
    options: AddManyOptions = {},
  ): Promise<number> {
    this.refuseBatch('addMany')
    return inChunks(items, readAddMany(options), (chunk) => chunk.map((item) => this.add(item)))
  }

  /**
   * Changes parts of an item.
   *
   * @returns false if there is none of this id
   * @throws like `add`
   */
  update(id: string, patch: AutocompletePatch<In>): Promise<boolean> {
    return this.run(UPDATE, () => patchArguments(id, checkPatch<In>(patch), this.#codec), this.#isChanged)
  }

  /** Removes an item with its boost. @returns false if there is none of this id */
  remove(id: string): Promise<boolean> {
    return this.run(REMOVE, () => [checkItemName('id', id)], this.#isChanged)
  }

  /** Returns true if there is an item of this id. */
  has(id: string): Promise<boolean> {
    return this.run(HAS, () => [checkItemName('id', id)], this.#isChanged)
  }

  /** Returns an item; undefined if there is none. @throws ToolkitError (`undecodable`) */
  get(id: string): Promise<AutocompleteEntry<Out> | undefined> {
    return this.run(
      GET,
      () => [checkItemName('id', id)],
      (record) => (Buffer.isBuffer(record) ? this.#read(id, record) : undefined),
    )
  }

  /** Returns the number of items. */
  size(): Promise<number> {
    return this.run(SIZE, () => [], integerOf)
  }

  /**
   * Stores a factor of the relevance for the item of an id, and for all items of a type. It may be
   * stored before there are any. That of an id goes with its item. 1 removes it.
   *
   * @param factor above 0, up to 1000: above 1 they rise, below they sink
   * @throws OptionError, StoreError, ClosedError
   */
  boost(idOrType: string, factor: number): Promise<void> {
    const args = () => [checkItemName('id', idOrType), String(readFactor(factor))]
    return this.run(BOOST, args, () => {})
  }

  /**
   * Returns the items that have, for each word of a phrase, a word that begins with it: the most
   * relevant first. Case, accents, punctuation and the order of words do not matter. A phrase
   * without letters and digits finds nothing. One trip.
   *
   * @throws OptionError, StoreError, ClosedError, ToolkitError (`undecodable`), the reason of the
   * signal
   *
   * @example
   * ```ts
   * for (const { title } of await films.search('dark kn')) console.log(title)
   * ```
   */
  search(phrase: string, options: AutocompleteSearchOptions = {}): Promise<AutocompleteResult<Out>[]> {
    return this.attempt(() => {
      const { signal, highlight, ...request } = readSearchOptions(options)
      if (typeof phrase !== 'string')
        throw new OptionError(`search: the phrase must be a string; got ${show(phrase)}`)
      const words = queryWords(phrase)
      if (words.length === 0) return []
      const read = (reply: unknown) => {
        const [corrected, ...results] = listOf(reply)
        const prefixes = [...words, ...listOf(corrected).map(textOf)]
        return pairsOf(results).map(([id, record]) => {
          const entry = this.#read(id, record)
          return { ...entry, highlights: highlight ? highlightRanges(entry.title, prefixes) : [] }
        })
      }
      return this.run(SEARCH, () => searchArguments(words, request), read, { signal })
    })
  }

  /** Yields all items; see {@link list}. */
  [Symbol.asyncIterator](): AsyncGenerator<AutocompleteEntry<Out>, void, void> {
    return this.list()
  }

  /**
   * Yields all items in no order, in pages. Items that are there from begin to end come once; those
   * that come or go meanwhile may be left out.
   */
  async *list(): AsyncGenerator<AutocompleteEntry<Out>, void, void> {
    this.refuseBatch('list')
    const seen = new Set<string>()
    let cursor = '0'
    do {
      const [next, page] = await this.run(SCAN, () => [cursor, PAGE], listOf)
      cursor = textOf(next)
      for (const [id, record] of pairsOf(listOf(page))) {
        if (seen.has(id)) continue
        // While Redis resizes its table it may return one twice.
        seen.add(id)
        yield this.#read(id, record)
      }
    } while (cursor !== '0')
  }

  /**
   * Removes all items and boosts, in steps: others are served meanwhile, and what is added until it
   * ends may be removed, too.
   */
  async flush(): Promise<void> {
    this.refuseBatch('flush')
    while ((await this.run(FLUSH, () => [FLUSH_ITEMS], integerOf)) > 0);
  }

  readonly #isChanged = (reply: unknown): boolean => {
    const number = integerOf(reply)
    if (number !== TOO_MANY_TYPES) return number === 1
    throw new ToolkitError(`${this.owner} has ${MAX_TYPES} types, and no more can be added`, {
      reason: 'full',
    })
  }

  #read(id: string, record: Buffer): AutocompleteEntry<Out> {
    return readRecord(this.owner, id, record, this.#codec)
  }
}

function pairsOf(list: readonly unknown[]): [id: string, record: Buffer][] {
  const pairs: [string, Buffer][] = []
  for (let at = 0; at + 1 < list.length; at += 2) pairs.push([textOf(list[at]), list[at + 1] as Buffer])
  return pairs
}
