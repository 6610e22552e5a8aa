import { readCount } from '../../options/read-option.ts'
import { beyond, type EncodedTriple, tripleOf } from './members.ts'
import type { Triple } from './triple.ts'

/** Number of triples that one trip reads. */
const PAGE = 500

/**
 * The facts that `match` finds. They are read while they are iterated over, some at a time: one
 * that is added or deleted meanwhile may be there or not; all others are there, each once.
 */
export class TripleScan<Value> implements AsyncIterable<Triple<Value>> {
  readonly #range: { readonly from: Buffer; readonly to: Buffer }
  readonly #page: (from: Buffer, to: Buffer, count: number) => Promise<Buffer[]>
  readonly #decode: (triple: EncodedTriple) => Triple<Value>

  /** @internal */
  constructor(
    range: { readonly from: Buffer; readonly to: Buffer },
    page: (from: Buffer, to: Buffer, count: number) => Promise<Buffer[]>,
    decode: (triple: EncodedTriple) => Triple<Value>,
  ) {
    this.#range = range
    this.#page = page
    this.#decode = decode
  }

  [Symbol.asyncIterator](): AsyncGenerator<Triple<Value>, void> {
    return this.#read(Infinity)
  }

  /**
   * Returns the facts as an array.
   *
   * @param limit most facts that are returned
   * @throws OptionError
   */
  async toArray(limit = Infinity): Promise<Triple<Value>[]> {
    const triples: Triple<Value>[] = []
    for await (const triple of this.#read(readCount('limit', limit, 0))) triples.push(triple)
    return triples
  }

  async *#read(limit: number): AsyncGenerator<Triple<Value>, void> {
    let { from } = this.#range
    for (let left = limit; left > 0; left -= PAGE) {
      const count = Math.min(PAGE, left)
      const members = await this.#page(from, this.#range.to, count)
      for (const member of members) yield this.#decode(tripleOf(member))
      const last = members.at(-1)
      if (last === undefined || members.length < count) return
      from = beyond(last)
    }
  }
}
