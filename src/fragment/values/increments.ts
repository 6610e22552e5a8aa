import { OptionError, StoreError } from '../../errors.ts'
import { type Ends, lasting } from '../life.ts'
import type { Services } from '../services.ts'
import type { Codec } from './codec.ts'
import { type FoundValue, isHit, type ValueReader } from './value-reader.ts'
import type { ValueWriter } from './value-writer.ts'

/** How often it is tried where others write at the same time. */
const ATTEMPTS = 50

/** Adds to numbers, in one step for all processes: what was read is written only if it is still there. */
export class Increments {
  readonly #services: Services
  readonly #codec: Codec
  readonly #reader: ValueReader
  readonly #writer: ValueWriter

  constructor(services: Services, codec: Codec, reader: ValueReader, writer: ValueWriter) {
    this.#services = services
    this.#codec = codec
    this.#reader = reader
    this.#writer = writer
  }

  /**
   * @param key where it is stored
   * @param life milliseconds, of a number that begins
   * @returns the new number, and what is stored of it
   * @throws OptionError, StoreError
   */
  async add(
    name: string,
    key: string,
    by: number,
    life: number,
  ): Promise<{ readonly sum: number; readonly body: Buffer }> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [found] = (await this.#reader.read([{ key, tags: [] }])) as [FoundValue]
      if (found.head instanceof Error) throw found.head
      const before = isHit(found) ? await this.#codec.decode(found.body as Buffer) : 0
      if (typeof before !== 'number')
        throw new OptionError(`The value of "${name}" is no number: ${typeof before}.`)
      const sum = before + by
      const body = await this.#codec.encode(sum)
      const value = {
        key,
        body,
        ends: this.#endsOf(found, life),
        cost: 0,
        tags: found.tags,
        only: found.head,
      }
      const [done] = await this.#writer.write([value], 'increment')
      if (done === true) return { sum, body }
      // It may have been applied: to try again could count twice.
      if (done instanceof Error) throw done
    }
    throw new StoreError(`"${name}" was written by others each time in ${ATTEMPTS} attempts`)
  }

  /** One that is there keeps its end. */
  #endsOf(found: FoundValue, life: number): Ends {
    return lasting(isHit(found) ? found.until.fresh - this.#services.clock.now() : life)
  }
}
