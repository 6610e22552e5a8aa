import { OptionError } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { refuseUnknownOptions } from '../../options/unknown-option.ts'
import { type AddManyOptions, inChunks, readAddMany } from '../add-many.ts'
import { type Codec, encodeArgument } from '../codec/codec.ts'
import { checkNonEmpty, Family } from '../family.ts'
import type { KitContext } from '../kit-context.ts'
import { documentEntry } from './document-entry.ts'
import { type Facets, facetName, facetToken, readFacets } from './facets.ts'
import { type CheckedIndexOptions, readIndexOptions, type TextIndexOptions } from './index-options.ts'
import { compileQuery } from './query/compile-query.ts'
import { COUNT_DOCUMENTS, GET_DOCUMENT, HAS_DOCUMENT } from './scripts/read.ts'
import { SEARCH } from './scripts/search.ts'
import { REMOVE_DOCUMENT, REMOVE_SOME, WRITE_DOCUMENT } from './scripts/write.ts'
import { readSearchOptions, type SearchOptions } from './search-options.ts'
import { readSearchReply, type SearchResult } from './search-result.ts'

/** Number of documents that one step of `clear` removes. */
const CLEAR_AT_ONCE = 50

/** Parts of a document beside its text. */
export interface DocumentOptions<Data> {
  /**
   * Returned with the document, and with each hit.
   *
   * @defaultValue none; for `update`, that which is there
   */
  readonly data?: Data | undefined
  /**
   * Values by which a search filters and counts.
   *
   * @defaultValue none; for `update`, those which are there
   */
  readonly facets?: Facets | undefined
}

/** A document of `addMany`. */
export interface NewDocument<Data> extends DocumentOptions<Data> {
  readonly key: string
  readonly text: string
}

/** A document as it was added. */
export interface IndexedDocument<Data> {
  readonly key: string
  readonly text: string
  /** Undefined if it was added without. */
  readonly data: Data | undefined
}

/**
 * A full-text index: documents are found by their words, the most relevant first.
 *
 * Each method is one script, and so is each document of `addMany` and each step of `clear`: a
 * search finds a document either as it was or as it is.
 *
 * @typeParam Data data of documents
 *
 * @example
 * ```ts
 * const films = kit.index('films', { language: 'en' })
 * await films.add('tt0080684', 'Star Wars: The Empire Strikes Back', { data: { year: 1980 } })
 * const { hits } = await films.search('empire "star wars" -jedi')
 * ```
 */
export class TextIndex<Data = unknown> extends Family {
  readonly #options: CheckedIndexOptions<Data>

  /** @internal */
  constructor(context: KitContext, name: unknown, options?: TextIndexOptions<Data>) {
    super(context, 'index', name)
    this.#options = readIndexOptions<Data>(options, context.codec as Codec<Data>)
  }

  /**
   * Adds a document. One that is there with this key is replaced, with all of its words, data and
   * facets.
   *
   * @returns true if there was none
   */
  add(key: string, text: string, options: DocumentOptions<Data> = {}): Promise<boolean> {
    return this.#write('add', key, text, options, (existed) => Number(existed) === 0)
  }

  /**
   * Adds documents, some at a time. If it fails, those of the chunks before are added; those of the
   * chunk in which it failed may be. It may be called again with the same documents.
   *
   * @returns how many there were
   */
  async addMany(
    documents: Iterable<NewDocument<Data>> | AsyncIterable<NewDocument<Data>>,
    options: AddManyOptions = {},
  ): Promise<number> {
    this.refuseBatch('addMany')
    return inChunks(documents, readAddMany(options), (chunk) =>
      chunk.map(({ key, text, ...rest }) => this.#write('add', key, text, rest)),
    )
  }

  /**
   * Replaces the text of a document. Its data and facets are kept where `options` has none.
   *
   * @returns false if there is no such document
   */
  update(key: string, text: string, options: DocumentOptions<Data> = {}): Promise<boolean> {
    return this.#write('update', key, text, options)
  }

  /**
   * Replaces a document with its data and facets, which are lost where `options` has none.
   *
   * @returns false if there is no such document
   */
  replace(key: string, text: string, options: DocumentOptions<Data> = {}): Promise<boolean> {
    return this.#write('replace', key, text, options)
  }

  /** Returns a document; undefined if there is none. */
  get(key: string): Promise<IndexedDocument<Data> | undefined> {
    return this.run(
      GET_DOCUMENT,
      () => [checkNonEmpty('The key of a document', key)],
      (reply) => {
        const [text, data] = reply as [Buffer | null, Buffer | null]
        return text ? { key, text: text.toString(), data: this.decode(this.#options.codec, data) } : undefined
      },
    )
  }

  /** Returns true if there is a document of this key. */
  has(key: string): Promise<boolean> {
    return this.run(HAS_DOCUMENT, () => [checkNonEmpty('The key of a document', key)], isOne)
  }

  /** Removes a document. @returns false if there was none */
  remove(key: string): Promise<boolean> {
    return this.run(REMOVE_DOCUMENT, () => [checkNonEmpty('The key of a document', key)], isOne)
  }

  /** Returns the number of documents. */
  count(): Promise<number> {
    return this.run(COUNT_DOCUMENTS, () => [], Number)
  }

  /** Removes all documents, some at a time. @returns how many there were */
  async clear(): Promise<number> {
    this.refuseBatch('clear')
    for (let removed = 0; ; ) {
      const some = await this.run(REMOVE_SOME, () => [String(CLEAR_AT_ONCE)], Number)
      removed += some
      if (some < CLEAR_AT_ONCE) return removed
    }
  }

  /**
   * Finds documents by the query of a visitor, the most relevant first (BM25); of equal ones the
   * one that was added first. An empty query finds all documents.
   *
   * Words are joined by AND. `OR`, `NOT`, `AND`, `-word`, `&`, `|`, parentheses, `"a phrase"` and
   * `begin*` are understood; nothing is an error.
   */
  search(query: string, options: SearchOptions = {}): Promise<SearchResult<Data>> {
    const { codec, analysis, facets: names } = this.#options
    let counted: readonly string[] = []
    return this.run(
      SEARCH,
      () => {
        const { limit, offset, candidates, facets, where } = readSearchOptions(options, names)
        counted = facets
        const node = compileQuery(checkString('A query', query), analysis, where)
        return [
          JSON.stringify(node),
          String(limit),
          String(offset),
          String(candidates),
          ...facets.map(facetName),
        ]
      },
      (reply) => readSearchReply(reply, counted, (data) => this.decode(codec, data)),
    )
  }

  /** @param read converts the reply, which is 1 if the document was there */
  #write(
    mode: 'add' | 'update' | 'replace',
    key: string,
    text: string,
    options: DocumentOptions<Data>,
    read = isOne,
  ): Promise<boolean> {
    const { analysis, codec, facets: names } = this.#options
    const args = () => {
      const id = checkNonEmpty('The key of a document', key)
      const checked = checkString('The text of a document', text)
      const { data, facets } = readDocumentOptions<Data>(options)
      const tokens = readFacets(this.owner, facets, names).flatMap(([facet, values]) =>
        values.map((value) => facetToken(facet, value)),
      )
      const { length, lines } = documentEntry(checked, analysis, tokens)
      const kept = mode === 'update' ? 'keep' : 'none'
      return [
        id,
        checked,
        String(length),
        lines,
        mode === 'add' ? '0' : '1',
        facets === undefined ? kept : 'set',
        ...(data === undefined ? [kept] : ['set', encodeArgument(codec, data)]),
      ]
    }
    return this.run(WRITE_DOCUMENT, args, read)
  }
}

function readDocumentOptions<Data>(options: unknown): DocumentOptions<Data> {
  if (!isPlainObject(options))
    throw new OptionError(`A document takes an object such as { data, facets }; got ${show(options)}`)
  refuseUnknownOptions('A document', options, ['data', 'facets'], { metadata: 'data' })
  return options
}

function checkString(what: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new OptionError(`${what} must be a string; got ${show(value)}`)
}

const isOne = (reply: unknown) => Number(reply) === 1
