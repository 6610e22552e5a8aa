import type { Hole } from '../../engines/template-engine.ts'
import { type Part, sizeOfParts } from '../fragment/page-node.ts'
import { assemble, reuseBuffer } from './output-buffers.ts'
import { PageIdentity } from './page-identity.ts'

/** The HTML of a rendered page: its parts, which are joined when its bytes are asked for. */
export class PageContent {
  readonly #parts: readonly Part[]
  #body: Buffer | undefined
  #identity: PageIdentity | undefined
  #size: number | undefined

  constructor(parts: readonly (string | Hole)[]) {
    this.#parts = parts as readonly Part[]
  }

  /** The HTML, UTF-8. Must be read, if it is, before the page is over. */
  get body(): Buffer {
    this.#body ??= assemble(this.#parts as readonly (string | Hole)[])
    return this.#body
  }

  /** The same; undefined while it is not joined. */
  get joined(): Buffer | undefined {
    return this.#body
  }

  /** Length of the HTML, in bytes. */
  get size(): number {
    this.#size ??= this.#body?.length ?? sizeOfParts(this.#parts)
    return this.#size
  }

  /** The parts that it consists of. Must be read, if it is, before the page is over. */
  get identity(): PageIdentity {
    this.#identity ??= PageIdentity.of(this.#parts)
    return this.#identity
  }

  /** Gives the memory of the joined bytes to the next page: nothing else may hold them. */
  recycle(): void {
    if (this.#body) reuseBuffer(this.#body)
    this.#body = undefined
  }
}
