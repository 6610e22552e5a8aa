import type { EntryHead, EntryHole } from '../entry/entry-fields.ts'
import { HeadNode } from './head-block.ts'
import { NocacheHole } from './nocache-hole.ts'
import { PageNode, type Part } from './page-node.ts'

const NOTHING_LIVE: ReadonlySet<NocacheHole> = new Set()

/**
 * HTML as it is stored: that of all fragments inside it, without what is rendered for each request.
 */
export class StoredBody {
  readonly #parts: (string | Buffer)[] = []
  readonly holes: EntryHole[] = []
  #live: Set<NocacheHole> | undefined
  /** Bytes. */
  size = 0

  constructor(node: PageNode) {
    this.#add(node.parts)
  }

  #add(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part instanceof NocacheHole) {
        this.holes.push({ at: this.size, ...part.kept })
        this.#live ??= new Set()
        this.#live.add(part)
      } else if (part instanceof PageNode) {
        this.#add(part.parts)
      } else {
        this.#parts.push(part)
        this.size += typeof part === 'string' ? Buffer.byteLength(part) : part.length
      }
    }
  }

  /** What is rendered for each request. */
  get live(): ReadonlySet<NocacheHole> {
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
 * What a fragment, and all fragments inside it, add to the head of every page that they are on,
 * each once.
 * @param live what is rendered for each request in the fragment's body
 */
export function storedHeads(inner: readonly PageNode[], live: ReadonlySet<NocacheHole>): EntryHead[] {
  const heads = new Map<string, EntryHead>()
  const holes = new Set<NocacheHole>()
  const collect = (nodes: readonly PageNode[]): void => {
    for (const node of nodes) {
      if (node instanceof NocacheHole) {
        if (live.has(node)) holes.add(node)
      } else if (node instanceof HeadNode) addHead(heads, node, holes.size)
      else collect(node.inner)
    }
  }
  collect(inner)
  return [...heads.values()]
}

function addHead(heads: Map<string, EntryHead>, node: HeadNode, after: number): void {
  const { text, holes } = new StoredBody(node)
  const id = JSON.stringify([text, holes])
  if (!heads.has(id)) heads.set(id, { text, holes, after })
}
