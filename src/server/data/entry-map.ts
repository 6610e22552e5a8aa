import type { Entry } from './entry.ts'
import { MemberSampler } from './member-sampler.ts'

/** Entries by their keys, of which random ones can be picked. */
export class EntryMap {
  readonly map = new Map<string, Entry>()
  /** Made by the first that asks for it, and kept up to date from then on. */
  #sampler: MemberSampler | undefined

  set(key: string, entry: Entry): void {
    if (this.#sampler !== undefined && !this.map.has(key)) this.#sampler.add(key)
    this.map.set(key, entry)
  }

  delete(key: string): void {
    if (this.map.delete(key)) this.#sampler?.delete(key)
  }

  get sampler(): MemberSampler {
    this.#sampler ??= new MemberSampler(this.map.keys())
    return this.#sampler
  }
}
