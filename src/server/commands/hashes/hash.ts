import type { EncodingLimits } from '../../config/encoding-limits.ts'
import { Container } from '../../data/entry.ts'
import { MemberSampler } from '../../data/member-sampler.ts'
import { mapBytes, stringBytes } from '../../data/memory-size.ts'

/** Estimated memory of a hash besides its table of fields, in bytes. */
const HASH_BYTES = 64

/** A hash: values by fields, in the order in which the fields were added. */
export class Hash extends Container {
  readonly type = 'hash'
  readonly #values = new Map<string, string>()
  /** Made by the first command that asks for random fields, and kept up to date from then on. */
  #sampler: MemberSampler | undefined
  /** Most fields, longest field or value, that it ever had: Redis never makes it compact again. */
  #mostFields = 0
  #longest = 0
  /** Estimated memory of fields and values, in bytes. */
  #textBytes = 0

  get size(): number {
    return this.#values.size
  }

  get bytes(): number {
    return HASH_BYTES + mapBytes(this.#values.size) + this.#textBytes + (this.#sampler?.bytes ?? 0)
  }

  get(field: string): string | undefined {
    return this.#values.get(field)
  }

  has(field: string): boolean {
    return this.#values.has(field)
  }

  /** Returns true if the field is a new one. */
  set(field: string, value: string): boolean {
    const values = this.#values
    const before = values.get(field)
    values.set(field, value)
    if (value.length > this.#longest) this.#longest = value.length
    if (before !== undefined) {
      this.#textBytes += stringBytes(value.length) - stringBytes(before.length)
      return false
    }
    this.#textBytes += stringBytes(field.length) + stringBytes(value.length)
    if (field.length > this.#longest) this.#longest = field.length
    if (values.size > this.#mostFields) this.#mostFields = values.size
    this.#sampler?.add(field)
    return true
  }

  /** Returns false if there is no such field. */
  delete(field: string): boolean {
    const value = this.#values.get(field)
    if (value === undefined) return false
    this.#values.delete(field)
    this.#textBytes -= stringBytes(field.length) + stringBytes(value.length)
    this.#sampler?.delete(field)
    return true
  }

  /** Values by fields. */
  get entries(): ReadonlyMap<string, string> {
    return this.#values
  }

  /** Picks fields at random. */
  get sampler(): MemberSampler {
    this.#sampler ??= new MemberSampler(this.#values.keys())
    return this.#sampler
  }

  encoding({ hashEntries, hashValue }: EncodingLimits): 'listpack' | 'hashtable' {
    return this.#mostFields > hashEntries || this.#longest > hashValue ? 'hashtable' : 'listpack'
  }

  copy(): Hash {
    const copy = new Hash()
    for (const [field, value] of this.#values) copy.set(field, value)
    copy.#mostFields = this.#mostFields
    copy.#longest = this.#longest
    return copy
  }
}
