import type { PageContent } from '../../core/page/page-content.ts'
import { AcceptedEncoding } from './accepted-encoding.ts'
import type { CompressConfig } from './compress-options.ts'
import { type ContentEncoding, ENCODERS, type Encoder } from './encodings.ts'
import { type KnownPage, PageCopies } from './page-copies.ts'

/**
 * Compresses pages. One that consists of entries alone, and is met again, is compressed once: later
 * requests are answered with the copy. Any other is compressed for its request.
 */
export class PageCompression {
  readonly #config: CompressConfig
  readonly #accepted: AcceptedEncoding
  readonly #copies: PageCopies

  constructor(config: CompressConfig) {
    this.#config = config
    this.#accepted = new AcceptedEncoding(config.encodings)
    this.#copies = new PageCopies(config.maxBytes)
  }

  /** Memory that the copies take, in bytes. */
  get bytes(): number {
    return this.#copies.bytes
  }

  /** Returns true for a page that is long enough, by its type and its `Cache-Control`. */
  mayCompress(content: PageContent, type: unknown, cacheControl: unknown): boolean {
    return (
      content.size >= this.#config.threshold &&
      typeof type === 'string' &&
      COMPRESSIBLE.test(type) &&
      !NO_TRANSFORM.test(String(cacheControl ?? ''))
    )
  }

  /** Returns the coding for a request; undefined: none. */
  encodingFor(acceptEncoding: string | undefined): ContentEncoding | undefined {
    return this.#accepted.of(acceptEncoding)
  }

  /** Returns the page whose copies are kept; undefined: none is, or not yet. Counts the request. */
  find({ identity }: PageContent): KnownPage | undefined {
    return identity.kind === 'entries' ? this.#copies.of(identity) : undefined
  }

  /** Returns the compressed page. @param known as {@link PageCompression.find} returned it */
  compress(
    content: PageContent,
    known: KnownPage | undefined,
    encoding: ContentEncoding,
  ): Buffer | Promise<Buffer> {
    const encoder = ENCODERS.get(encoding) as Encoder
    if (!known) return encoder.compress(content.body, encoder.onceQuality)
    const copy = known.copies.get(encoding)
    if (copy) return copy
    const quality = this.#config.quality.get(encoding) as number
    const work = encoder.compress(content.body, quality).then(
      (bytes) => {
        this.#copies.keep(known, encoding, bytes)
        return bytes
      },
      (error) => {
        known.copies.delete(encoding)
        throw error
      },
    )
    known.copies.set(encoding, work)
    return work
  }
}

/** Types that are text: of `text/`, JSON, JavaScript and XML. */
const COMPRESSIBLE = /^\s*text\/(?!event-stream)|[/+](?:json|javascript|xml)\b/i
const NO_TRANSFORM = /(?:^|[\s,])no-transform(?:[\s,]|$)/i
