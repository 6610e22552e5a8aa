import type { Hole } from '../../engines/template-engine.ts'
import { placesIn } from '../../html/head.ts'
import { HtmlReader } from '../../html/reader.ts'
import { OVERLAY_MARK } from '../entry/overlay-mark.ts'
import { Fragment } from '../fragment/fragment.ts'
import { insertedInHead } from '../fragment/head-block.ts'
import { NocacheHole } from '../fragment/nocache-hole.ts'
import type { PageNode, Part } from '../fragment/page-node.ts'
import type { ResponseWatch } from '../safety/response-watch.ts'
import type { PageTrace } from '../trace/page-trace.ts'

type Parts = readonly (string | Hole)[]

/**
 * Puts HTML comments where each fragment and each `{% nocache %}` begins and ends, for the overlay,
 * and adds to the head of the page. A comment stands only where HTML allows one: not inside a tag,
 * an attribute, a comment, or an element such as `script` or `title`, not before the doctype, and
 * in HTML alone.
 *
 * @param head returns what is added to the head
 * @param response what the page goes to
 */
export function withMarks(
  parts: Parts,
  head: (trace: PageTrace) => string,
  trace: PageTrace,
  response: ResponseWatch | undefined,
): Parts {
  const texts = parts.map((part) => (typeof part === 'string' ? part : (part as PageNode).text))
  const places = placesIn(texts, response?.contentType)
  if (!places) return parts
  const marker = new Marker(trace, places.begin)
  marker.addAll(parts as readonly Part[])
  return insertedInHead(marker.marked as Parts, `${commentOf('page')}${head(trace)}`, response)
}

/** Copies parts, with marks around those that are fragments or holes. */
class Marker {
  readonly marked: Part[] = []
  readonly #reader = new HtmlReader()
  readonly #trace: PageTrace
  readonly #begin: number
  #at = 0

  /** @param begin offset of the end of the doctype */
  constructor(trace: PageTrace, begin: number) {
    this.#trace = trace
    this.#begin = begin
  }

  addAll(parts: readonly Part[]): void {
    for (const part of parts) this.#add(part)
  }

  #add(part: Part): void {
    const label = this.#labelOf(part)
    const begins = this.#allowsComment
    const at = this.marked.length
    if (label !== undefined) this.marked.push('')
    this.#addContent(part)
    if (label === undefined || !begins || !this.#allowsComment) return
    this.marked[at] = commentOf(label)
    this.marked.push(commentOf(`/${label}`))
  }

  #addContent(part: Part): void {
    if (part instanceof Fragment || part instanceof NocacheHole) return this.addAll(part.parts)
    const text = typeof part === 'string' ? part : Buffer.isBuffer(part) ? part.toString() : part.text
    this.#reader.read(text)
    this.#at += text.length
    this.marked.push(part)
  }

  #labelOf(part: Part): string | undefined {
    if (part instanceof NocacheHole) return 'nocache'
    return part instanceof Fragment ? this.#trace.numberOf(part)?.toString() : undefined
  }

  get #allowsComment(): boolean {
    return this.#reader.inContent && this.#at >= this.#begin
  }
}

function commentOf(label: string): string {
  return `<!${OVERLAY_MARK}${label}-->`
}
