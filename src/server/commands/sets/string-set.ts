import type { EncodingLimits } from '../../config/encoding-limits.ts'
import { Container } from '../../data/entry.ts'
import { MemberSampler } from '../../data/member-sampler.ts'
import { setBytes, stringBytes } from '../../data/memory-size.ts'
import { readInteger, readInteger64 } from '../../data/numbers.ts'

/** Estimated memory of a set besides its table of members, in bytes. */
const SET_BYTES = 70

/** A set. Small ones of integers only are answered in the order of the numbers, as Redis does. */
export class StringSet extends Container {
  readonly type = 'set'
  #members = new Set<string>()
  /** Made by the first command that asks for random members, and kept up to date from then on. */
  #sampler: MemberSampler | undefined
  /** It never had a member that is not an integer of 64 bits. */
  #integersOnly = true
  /** Most members that it ever had: Redis never makes it compact again. */
  #mostMembers = 0
  #sorted = true
  /** Estimated memory of the members, in bytes. */
  #textBytes = 0

  get size(): number {
    return this.#members.size
  }

  get bytes(): number {
    return SET_BYTES + setBytes(this.#members.size) + this.#textBytes + (this.#sampler?.bytes ?? 0)
  }

  has(member: string): boolean {
    return this.#members.has(member)
  }

  /** Returns false if the member was there. */
  add(member: string): boolean {
    const members = this.#members
    if (members.has(member)) return false
    members.add(member)
    this.#textBytes += stringBytes(member.length)
    if (members.size > this.#mostMembers) this.#mostMembers = members.size
    if (this.#integersOnly && !isInteger64(member)) this.#integersOnly = false
    this.#sorted = false
    this.#sampler?.add(member)
    return true
  }

  /** Returns false if the member was not there. */
  delete(member: string): boolean {
    if (!this.#members.delete(member)) return false
    this.#textBytes -= stringBytes(member.length)
    this.#sampler?.delete(member)
    return true
  }

  /** Returns the members in the order in which Redis answers them, where that has one. */
  members(limits: EncodingLimits): ReadonlySet<string> {
    if (!this.#sorted && this.encoding(limits) === 'intset') {
      this.#members = new Set([...this.#members].sort(compareIntegers))
      this.#sorted = true
    }
    return this.#members
  }

  /** The members in no order that means anything. */
  keys(): IterableIterator<string> {
    return this.#members.keys()
  }

  get sampler(): MemberSampler {
    this.#sampler ??= new MemberSampler(this.#members)
    return this.#sampler
  }

  encoding({ setIntegers }: EncodingLimits): 'intset' | 'hashtable' {
    return this.#integersOnly && this.#mostMembers <= setIntegers ? 'intset' : 'hashtable'
  }

  copy(): StringSet {
    const copy = new StringSet()
    copy.#members = new Set(this.#members)
    copy.#textBytes = this.#textBytes
    copy.#integersOnly = this.#integersOnly
    copy.#mostMembers = this.#mostMembers
    copy.#sorted = this.#sorted
    return copy
  }
}

function isInteger64(text: string): boolean {
  if (readInteger(text) !== undefined) return true
  return text.length >= 16 && text.length <= 20 && readInteger64(text) !== undefined
}

/** Compares integers as they are written: by sign, number of digits, and digits. */
function compareIntegers(a: string, b: string): number {
  const negative = a.charCodeAt(0) === 45
  if (negative !== (b.charCodeAt(0) === 45)) return negative ? -1 : 1
  const larger = a.length === b.length ? a > b : a.length > b.length
  return larger === negative ? -1 : 1
}
