import type { EntryHead, EntryHole } from '../entry/entry-fields.ts'
import { HeadPiece } from './head-block.ts'
import { LiveHole } from './nocache-hole.ts'
import { type Part, Piece } from './page-node.ts'

const NOTHING_LIVE: ReadonlySet<LiveHole> = new Set()

/** HTML as it is stored: that of all fragments inside it, without what is rendered for each request. */
export class StoredBody {
  readonly #parts: (string | Buffer)[] = []
  readonly holes: EntryHole[] = []
  #live: Set<LiveHole> | undefined
  /** Bytes. */
  size = 0

  constructor(piece: Piece) {
    this.#add(piece.parts)
  }

  #add(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part instanceof LiveHole) {
        this.holes.push({ at: this.size, ...part.kept })
        this.#live ??= new Set()
        this.#live.add(part)
      } else if (part instanceof Piece) {
        this.#add(part.parts)
      } else {
        this.#parts.push(part)
        this.size += typeof part === 'string' ? Buffer.byteLength(part) : part.length
      }
    }
  }

  /** What is rendered for each request. */
  get live(): ReadonlySet<LiveHole> {
    return this.#live ?? NOTHING_LIVE
  }

  writeTo(target: Buffer, begin: number): number {
    let at = begin
    for (const part of this.#parts) {
      at += typeof part === 'string' ? target.write(part, at) : part.copy(target, at)
    }
    return at - begin
  }

  /** Whether there is nothing but white space. */
  get isBlank(): boolean {
    return this.size === 0 || this.#parts.every(isBlank)
  }

  get text(): string {
    return this.#parts.map((part) => part.toString()).join('')
  }
}

function isBlank(part: string | Buffer): boolean {
  return typeof part === 'string' ? !NOT_BLANK.test(part) : part.toString().trim() === ''
}

/** What `trim()` leaves. */
const NOT_BLANK = /\S/

/**
 * What a fragment, and all fragments inside it, add to the head of every page that they are on, each once.
 * @param live what is rendered for each request in the fragment's body
 */
export function storedHeads(inner: readonly Piece[], live: ReadonlySet<LiveHole>): EntryHead[] {
  const heads = new Map<string, EntryHead>()
  const holes = new Set<LiveHole>()
  const collect = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) {
      if (piece instanceof LiveHole) {
        if (live.has(piece)) holes.add(piece)
      } else if (piece instanceof HeadPiece) addHead(heads, piece, holes.size)
      else collect(piece.inner)
    }
  }
  collect(inner)
  return [...heads.values()]
}

function addHead(heads: Map<string, EntryHead>, piece: HeadPiece, after: number): void {
  const { text, holes } = new StoredBody(piece)
  const id = JSON.stringify([text, holes])
  if (!heads.has(id)) heads.set(id, { text, holes, after })
}
