import { LRUCache } from 'lru-cache'
import { HtmlReader } from './reader.ts'

/** What may stand in a head; all else ends it. */
const HEAD_ELEMENTS = new Set([
  ...['base', 'basefont', 'bgsound', 'link', 'meta', 'title'],
  ...['noscript', 'noframes', 'style', 'script', 'template'],
])

/** The first elements of documents that browsers read as feeds, and the like. */
const XML_ROOTS = new Set([
  'rss',
  'feed',
  'rdf:rdf',
  'urlset',
  'sitemapindex',
  'opml',
  'opensearchdescription',
])

/**
 * Finds the end of a document's head, also where no tag says where it is, by the rules of the HTML standard ("tree
 * construction"): it is before the first tag or text that cannot be in a head.
 */
class HeadReader extends HtmlReader {
  /** Where the head ends, in all that was read. */
  found: number | undefined
  /** Where the doctype ends. */
  begin = 0
  #isXml = false
  #hasDoctype = false
  #hasTag = false
  /** How many templates are open: what is in one is no part of the head's own. */
  #templates = 0

  /** Whether what was read is a document of another kind. */
  get isXml(): boolean {
    return this.#isXml
  }

  /** Whether anything that was read says that it is HTML. */
  get hasMarkup(): boolean {
    return this.#hasTag || this.#hasDoctype
  }

  protected override startTag(name: string, at: number): void {
    if (this.found !== undefined) return
    if (!this.#hasTag && (XML_ROOTS.has(name) || (this.#isXml && name === 'html')))
      this.#isXml = name !== 'html'
    this.#hasTag = true
    if (this.#templates > 0 || name === 'template') {
      if (name === 'template') this.#templates++
    } else if (name !== 'html' && name !== 'head' && !HEAD_ELEMENTS.has(name)) {
      this.#end(at)
    }
  }

  protected override endTag(name: string, at: number): void {
    if (this.found !== undefined) return
    this.#hasTag = true
    if (this.#templates > 0) {
      if (name === 'template') this.#templates--
    } else if (name === 'head' || name === 'body' || name === 'html' || name === 'br') {
      this.#end(at)
    }
  }

  protected override text(at: number): void {
    if (this.#templates === 0) this.#end(at)
  }

  protected override doctype(name: string, end: number): void {
    this.begin = end
    if (!this.#hasTag) this.#isXml = name !== 'html'
    this.#hasDoctype = true
  }

  protected override comment(text: string): void {
    // An XML declaration is a comment to HTML.
    if (!this.#hasTag && !this.#hasDoctype && text.startsWith('?xml')) this.#isXml = true
  }

  protected override over(at: number): void {
    this.#end(at)
  }

  #end(at: number): void {
    this.found ??= at
    this.stop()
  }
}

/** Places in an HTML document. */
export interface DocumentPlaces {
  /** Where its doctype ends: nothing may stand before that, or browsers show the document by the rules of old ones. */
  readonly begin: number
  readonly endOfHead: number
}

/** What the beginning of a document tells. */
interface Beginning extends DocumentPlaces {
  readonly isXml: boolean
}

/** How many characters of beginnings are kept, and how many of one at most. */
const KEPT_LENGTH = 1_000_000
const LONGEST_KEPT = 20_000

/** By first pieces of documents that have all of the head: pages of one layout begin alike. */
const beginnings = new LRUCache<string, Beginning>({
  maxSize: KEPT_LENGTH,
  maxEntrySize: LONGEST_KEPT,
  sizeCalculation: (_, text) => text.length + 1,
})

/**
 * Finds where an HTML document begins, and where its head ends.
 *
 * @param texts the document, in pieces: no more of them are asked for than are needed
 * @param contentType what the response says that it is; left out: the document tells
 * @returns places in the pieces, all put together; undefined: it is no HTML
 */
export function placesIn(texts: Iterable<string>, contentType?: string): DocumentPlaces | undefined {
  if (contentType !== undefined && !HTML_TYPE.test(contentType)) return undefined
  const pieces = texts[Symbol.iterator]()
  const first: string = pieces.next().value ?? ''
  const isSaid = contentType !== undefined
  const known = beginnings.get(first)
  if (known) return known.isXml && !isSaid ? undefined : known

  const reader = new HeadReader()
  // A byte order mark stands before all, and is no text.
  const mark = first.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  const placesOf = () => ({ begin: reader.begin + mark, endOfHead: (reader.found ?? 0) + mark })
  reader.read(first.slice(mark))
  if (reader.found !== undefined && reader.hasMarkup)
    beginnings.set(first, { ...placesOf(), isXml: reader.isXml })

  const read = [first.slice(mark)]
  const next = () => {
    const { value, done } = pieces.next()
    if (done) return false
    read.push(value)
    if (reader.found === undefined) reader.read(value)
    return true
  }
  while (reader.found === undefined && next());
  if (reader.found === undefined) reader.end()
  if (!isSaid) {
    if (reader.isXml) return undefined
    if (!reader.hasMarkup) {
      while (next());
      if (isText(read.join(''))) return undefined
    }
  }
  return placesOf()
}

const HTML_TYPE = /^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)/i
const BYTE_ORDER_MARK = '\ufeff'
const A_TAG = /<[a-z!/][^>]*>/i

/** It begins with text, and has no tag in it; or is JSON, whose texts may have some. */
function isText(text: string): boolean {
  if (!A_TAG.test(text)) return true
  if (!/^\s*[[{"]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Adds to the head of an HTML document; to what is no HTML, nothing. */
export function insertInHead(html: string, added: string): string {
  if (added === '') return html
  const at = placesIn([html])?.endOfHead
  return at === undefined ? html : html.slice(0, at) + added + html.slice(at)
}
