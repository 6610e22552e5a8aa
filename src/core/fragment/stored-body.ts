import type { EntryHead, EntryHole } from '../entry/entry-fields.ts'
import { HeadNode } from './head-block.ts'
import { NocacheHole } from './nocache-hole.ts'
import { PageNode, type Part } from './page-node.ts'

const NO_HOLES: ReadonlySet<NocacheHole> = new Set()

/** The HTML that an entry stores: of all fragments inside, without its `{% nocache %}` holes. */
export class StoredBody {
  readonly #parts: (string | Buffer)[] = []
  readonly holes: EntryHole[] = []
  #nocache: Set<NocacheHole> | undefined
  /** Size, in bytes. */
  size = 0

  constructor(node: PageNode) {
    this.#addNode(node)
  }

  #addNode(node: PageNode): void {
    const { parts } = node
    const [only] = parts
    if (parts.length === 1 && typeof only === 'string') {
      this.#parts.push(only)
      this.size += node.size
    } else this.#add(parts)
  }

  #add(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part instanceof NocacheHole) {
        this.holes.push({ at: this.size, ...part.kept })
        this.#nocache ??= new Set()
        this.#nocache.add(part)
      } else if (part instanceof PageNode) {
        this.#addNode(part)
      } else {
        this.#parts.push(part)
        this.size += typeof part === 'string' ? Buffer.byteLength(part) : part.length
      }
    }
  }

  /** The holes that are rendered for each request. */
  get nocache(): ReadonlySet<NocacheHole> {
    return this.#nocache ?? NO_HOLES
  }

  writeTo(target: Buffer, begin: number): number {
    let at = begin
    for (const part of this.#parts) {
      at += typeof part === 'string' ? target.write(part, at) : part.copy(target, at)
    }
    return at - begin
  }

  /** Returns true if there is nothing but white space. */
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

/** Matches what `trim()` leaves. */
const NOT_BLANK = /\S/

/**
 * Returns the contents of `{% head %}` of a fragment and of all fragments inside, each once.
 * @param nocache the holes of the fragment's body
 */
export function storedHeads(inner: readonly PageNode[], nocache: ReadonlySet<NocacheHole>): EntryHead[] {
  const heads = new Map<string, EntryHead>()
  const holes = new Set<NocacheHole>()
  const collect = (nodes: readonly PageNode[]): void => {
    for (const node of nodes) {
      if (node instanceof NocacheHole) {
        if (nocache.has(node)) holes.add(node)
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
