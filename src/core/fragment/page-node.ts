import type { Hole, MaybePromise, Run, RunHost } from '../../engines/template-engine.ts'
import { BodyState } from './body-state.ts'

/** Content of a node: a text, the bytes of an entry, or a list of these and of nodes. */
type Content = string | Buffer | readonly Part[]
export type Part = string | Buffer | PageNode

/** A place of the page that is filled: a fragment, or what is rendered for each request. */
export abstract class PageNode implements Hole {
  abstract readonly place: { readonly id: string }
  /** Name for messages. */
  abstract readonly title: string
  abstract readonly hasNocache: boolean
  /** Runs the body, in the scope of the run that declared it last. */
  run: (host: RunHost) => MaybePromise<Run>
  /** Undefined until its body runs for the first time: only then may something stand inside it. */
  body: BodyState | undefined
  /** Undefined for most: they stand on the page itself. */
  #around: Set<PageNode> | undefined
  /** The nodes inside, if its body ran or its entry has holes. */
  inner: readonly PageNode[] = NONE
  /** Mark of the list that it was put into last, see {@link unique}: it costs less than a Set. */
  listedIn: object | undefined
  #content: Content | undefined
  /** Size of its HTML, in bytes, once it was asked for or released. A list may still grow. */
  #size: number | undefined

  constructor(run: (host: RunHost) => MaybePromise<Run>) {
    this.run = run
  }

  /** The nodes whose bodies declared it. */
  get around(): ReadonlySet<PageNode> {
    return this.#around ?? NOTHING_AROUND
  }

  /** Returns the state of its body, which is about to run or has run. */
  startBody(): BodyState {
    this.body ??= new BodyState()
    return this.body
  }

  /** Milliseconds that its body ran, without loads. */
  get renderTime(): number {
    return this.body?.renderTime ?? 0
  }

  /** Milliseconds that its body waited for loads. */
  get loadTime(): number {
    return this.body?.loadTime ?? 0
  }

  /** Notes that the body of another node declared it. */
  standsIn(outer: PageNode): void {
    this.#around ??= new Set()
    this.#around.add(outer)
  }

  /** Returns true if its body has run, or it is a hit. Nodes inside may still be open. */
  get filled(): boolean {
    return this.#content !== undefined
  }

  /** Returns true if its HTML is known, with that of all nodes inside. */
  get complete(): boolean {
    if (this.#content === undefined) return false
    return this.inner.length === 0 || this.inner.every(({ complete }) => complete)
  }

  /** Its content as a list. */
  get parts(): readonly Part[] {
    const content = this.#content ?? ''
    return typeof content === 'string' || Buffer.isBuffer(content) ? [content] : content
  }

  /** Size of its HTML, in bytes. */
  get size(): number {
    const content = this.#content
    if (typeof content !== 'string') return content === undefined ? (this.#size ?? 0) : sizeOfContent(content)
    // To measure a text takes as long as to encode it, and its page and its entry both do.
    this.#size ??= Buffer.byteLength(content)
    return this.#size
  }

  /** Its HTML as a text. Bytes of a hit are decoded only when a template asks for it. */
  get text(): string {
    const content = this.#content ?? ''
    return typeof content === 'string' || Buffer.isBuffer(content)
      ? content.toString()
      : content.map((part) => (part instanceof PageNode ? part.text : part.toString())).join('')
  }

  /** Writes its HTML to a Buffer. @returns the number of bytes */
  writeTo(target: Buffer, at: number): number {
    const content = this.#content ?? ''
    return typeof content === 'string' || Buffer.isBuffer(content)
      ? write(content, target, at)
      : writeParts(content, target, at) - at
  }

  /** Fills it by a run of its body that was not cut. @param inner the nodes that it declared */
  rendered(run: Run, inner: readonly PageNode[]): void {
    const parts = run.parts as readonly Part[]
    const [only] = parts
    this.fill(parts.length === 1 && typeof only === 'string' ? only : [...parts], inner)
  }

  /** Drops all that reports do not read: the page is over, and stored. */
  release(): void {
    this.#size = this.size
    if (this.body) {
      this.body.result = undefined
      this.body.engineState = undefined
    }
    this.#content = undefined
    this.inner = NONE
    this.#around = undefined
    this.run = spent
  }

  protected fill(content: Content | undefined, inner: readonly PageNode[]): void {
    this.inner = inner
    this.#content = content
    this.#size = undefined
  }
}

const NONE: readonly PageNode[] = []
const NOTHING_AROUND: ReadonlySet<PageNode> = new Set()

/**
 * Tells which nodes are complete at one moment. It looks at each once, however many nodes around it
 * are asked for.
 */
export class Completeness {
  readonly #known = new Map<PageNode, boolean>()

  of(node: PageNode): boolean {
    if (!node.filled || node.inner.length === 0) return node.filled
    let complete = this.#known.get(node)
    if (complete === undefined) {
      complete = node.inner.every((inner) => this.of(inner))
      this.#known.set(node, complete)
    }
    return complete
  }
}

function spent(): never {
  throw new Error('The body of a fragment was run after its page was over')
}

function sizeOfContent(content: Buffer | readonly Part[]): number {
  return Buffer.isBuffer(content) ? content.length : sizeOfParts(content)
}

function sizeOf(part: Part): number {
  if (typeof part === 'string') return Buffer.byteLength(part)
  return part instanceof PageNode ? part.size : part.length
}

function write(part: Part, target: Buffer, at: number): number {
  if (typeof part === 'string') return target.write(part, at)
  if (part instanceof PageNode) return part.writeTo(target, at)
  target.set(part, at)
  return part.length
}

/** Returns the size of text and nodes, in bytes. */
export function sizeOfParts(parts: readonly Part[]): number {
  let size = 0
  for (const part of parts) size += sizeOf(part)
  return size
}

/** Writes text and nodes to a Buffer. @returns where they end */
export function writeParts(parts: readonly Part[], target: Buffer, begin: number): number {
  let at = begin
  for (const part of parts) at += write(part, target, at)
  return at
}

/** Returns the first node whose HTML is not known, or that of a node inside it. */
export function firstOpen(nodes: readonly PageNode[]): PageNode | undefined {
  for (const node of nodes) if (!node.complete) return node
  return undefined
}

/** Identifies a list that nodes are put into. */
class List {}

/** Returns each node once, in the order in which they were first met. */
export function unique<T extends Hole>(holes: readonly T[]): (T extends PageNode ? T : PageNode)[]
export function unique(holes: readonly Hole[]): PageNode[] {
  // filter(), not a literal: see `Values#addHole` of the runtime of nunjucks.
  const list = new List()
  return (holes as readonly PageNode[]).filter((hole) => {
    const isNew = hole.listedIn !== list
    hole.listedIn = list
    return isNew
  })
}
