import { Lazy } from '../../lazy.ts'
import type { Hole } from '../../template-engine.ts'
import { nunjucks } from '../nunjucks.ts'

/** Output in order: literal text and holes. */
export type Parts = readonly (string | Hole)[]

/** Gives the text of output with holes, or notes what is missing and cuts. */
export interface TextSource {
  textOf(parts: Parts): string
  /** Takes over fragments that another run declared. */
  adopt(parts: Parts): void
}

/**
 * Output with holes where nunjucks has a SafeString: what a macro, a `{% call %}` or `super()`
 * returned. Put out, it is spliced into the page, holes and all; only JavaScript that asks for its
 * text makes the page fetch it.
 */
export class Text {
  readonly #parts: Parts
  readonly #source: TextSource

  constructor(parts: Parts, source: TextSource) {
    this.#parts = parts
    this.#source = source
  }

  /** The same text in another run: that is the one that waits for what it misses. */
  in(source: TextSource): Text {
    if (source === this.#source) return this
    source.adopt(this.#parts)
    return new Text(this.#parts, source)
  }

  /**
   * Its parts, put out in a run: fragments that another run declared stand inside this one's from
   * now on.
   */
  partsIn(source: TextSource): Parts {
    if (source !== this.#source) source.adopt(this.#parts)
    return this.#parts
  }

  get val(): string {
    return this.#source.textOf(this.#parts)
  }

  get length(): number {
    return this.val.length
  }

  valueOf(): string {
    return this.val
  }

  toString(): string {
    return this.val
  }

  /** As the members of a SafeString. */
  toJSON(): { val: string; length: number } {
    const { val } = this
    return { val, length: val.length }
  }
}
// `instanceof SafeString` is how nunjucks and its filters ask whether text is to be escaped.
Object.setPrototypeOf(Text.prototype, nunjucks.runtime.SafeString.prototype)

/**
 * Value of a `{% set %}` block with holes in it: a plain text, which is asked for when the name is
 * read.
 */
export class SetText extends Lazy<string> {
  readonly parts: Parts

  constructor(parts: Parts) {
    super(() => '')
    this.parts = parts
  }
}
