import type { EntryHole } from './entry-fields.ts'
import type { Fragment } from './fragment.ts'
import { LiveHole } from './live-hole.ts'
import { type Part, Piece } from './piece.ts'

/** A fragment's HTML as it is stored: that of all fragments inside it, without what is rendered for each request. */
export class StoredBody {
  readonly #parts: (string | Buffer)[] = []
  readonly holes: EntryHole[] = []
  /** Bytes. */
  size = 0

  constructor(fragment: Fragment) {
    this.#add(fragment.parts)
  }

  #add(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part instanceof LiveHole) {
        this.holes.push({ at: this.size, ...part.kept })
      } else if (part instanceof Piece) {
        this.#add(part.parts)
      } else {
        this.#parts.push(part)
        this.size += typeof part === 'string' ? Buffer.byteLength(part) : part.length
      }
    }
  }

  writeTo(target: Buffer, begin: number): number {
    let at = begin
    for (const part of this.#parts) {
      at += typeof part === 'string' ? target.write(part, at) : part.copy(target, at)
    }
    return at - begin
  }

  get text(): string {
    return this.#parts.map((part) => part.toString()).join('')
  }
}
