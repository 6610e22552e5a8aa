import { LRUCache } from 'lru-cache'
import { HtmlReader } from './reader.ts'

/** Elements of a head. Any other ends it. */
const HEAD_ELEMENTS = new Set([
  ...['base', 'basefont', 'bgsound', 'link', 'meta', 'title'],
  ...['noscript', 'noframes', 'style', 'script', 'template'],
])

/** First elements of XML documents such as feeds. */
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
 * Finds the end of a document's head, also without its tags, by the rules of the HTML standard
 * ("tree construction"): it is before the first tag or text that cannot be in a head.
 */
class HeadReader extends HtmlReader {
  /** Offset of the end of the head. */
  found: number | undefined
  /** Offset of the end of the doctype. */
  begin = 0
  #isXml = false
  #hasDoctype = false
  #hasTag = false
  /** Number of open templates, whose content is not a part of the head. */
  #templates = 0

  /** True if the document is XML, not HTML. */
  get isXml(): boolean {
    return this.#isXml
  }

  /** True if a tag or a doctype was read. */
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
    // HTML reads an XML declaration as a comment.
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

/** Offsets in an HTML document. */
export interface DocumentPlaces {
  /** End of the doctype. Text before it would switch browsers to quirks mode. */
  readonly begin: number
  readonly endOfHead: number
}

/** Result of reading the beginning of a document. */
interface Beginning extends DocumentPlaces {
  readonly isXml: boolean
}

/** Characters of all cached beginnings, and of the longest one. */
const CACHED_LENGTH = 1_000_000
const LONGEST_CACHED = 20_000

/** By first pieces with a complete head: pages of one layout begin alike. */
const beginnings = new LRUCache<string, Beginning>({
  maxSize: CACHED_LENGTH,
  maxEntrySize: LONGEST_CACHED,
  sizeCalculation: (_, text) => text.length + 1,
})

/**
 * Finds where an HTML document begins, and where its head ends.
 *
 * @param texts the document in pieces, which are read as far as necessary
 * @param contentType of the response; left out: the document itself is examined
 * @returns offsets in the joined pieces; undefined if it is not HTML
 */
export function placesIn(texts: Iterable<string>, contentType?: string): DocumentPlaces | undefined {
  if (contentType !== undefined && !HTML_TYPE.test(contentType)) return undefined
  const pieces = texts[Symbol.iterator]()
  const first: string = pieces.next().value ?? ''
  const isSaid = contentType !== undefined
  const known = beginnings.get(first)
  if (known) return known.isXml && !isSaid ? undefined : known

  const reader = new HeadReader()
  // A byte order mark is not text of the document.
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

/** Returns true for text without tags, and for JSON, whose strings may contain some. */
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

/** Adds to the head of an HTML document. Returns anything else unchanged. */
export function insertInHead(html: string, added: string): string {
  if (added === '') return html
  const at = placesIn([html])?.endOfHead
  return at === undefined ? html : html.slice(0, at) + added + html.slice(at)
}
