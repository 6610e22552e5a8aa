import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'
import type { ContentEncoding } from './encodings.ts'

/** Browsers send a handful of different headers. */
const MAX_HEADERS = 100
/** Longer headers are not remembered. */
const MAX_LENGTH = 200

/** The second argument is newer than the types of the package. */
interface Encodings {
  encodings(available: string[], options: { preferred: string[] }): string[]
}

/**
 * Chooses the content coding of a response by `Accept-Encoding` (RFC 9110, section 12.5.3): of the
 * codings with the highest weight the one that is preferred here.
 */
export class AcceptedEncoding {
  readonly #preferred: readonly string[]
  readonly #known = new LRUCache<string, ContentEncoding | 'identity'>({ max: MAX_HEADERS })

  constructor(preferred: readonly ContentEncoding[]) {
    this.#preferred = [...preferred, 'identity']
  }

  /** Returns undefined where the page is not to be encoded. */
  of(header: string | undefined): ContentEncoding | undefined {
    if (header === undefined || header === '') return undefined
    let chosen = this.#known.get(header)
    if (chosen === undefined) {
      chosen = this.#choose(header)
      if (header.length <= MAX_LENGTH) this.#known.set(header, chosen)
    }
    return chosen === 'identity' ? undefined : chosen
  }

  #choose(header: string): ContentEncoding | 'identity' {
    const preferred = [...this.#preferred]
    const negotiator = new Negotiator({ headers: { 'accept-encoding': header } }) as unknown as Encodings
    const [best] = negotiator.encodings(preferred, { preferred })
    // A client that refuses all, identity included, is sent what any client can read.
    return (best ?? 'identity') as ContentEncoding | 'identity'
  }
}
