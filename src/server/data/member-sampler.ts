import { mapBytes } from './memory-size.ts'

/**
 * Picks members of a set at random, each with the same chance, in O(1). It holds the members in an
 * array, and their places in it, so that one is removed by moving the last into its place.
 */
export class MemberSampler {
  readonly #members: string[]
  readonly #places = new Map<string, number>()

  constructor(members: Iterable<string>) {
    this.#members = [...members]
    for (const [place, member] of this.#members.entries()) this.#places.set(member, place)
  }

  /** Estimated memory without the members themselves, in bytes. */
  get bytes(): number {
    return 8 * this.#members.length + mapBytes(this.#members.length)
  }

  /** Adds a member that is not there. */
  add(member: string): void {
    this.#places.set(member, this.#members.length)
    this.#members.push(member)
  }

  delete(member: string): void {
    const place = this.#places.get(member)
    const last = this.#members.pop()
    if (place === undefined || last === undefined) return
    this.#places.delete(member)
    if (last === member) return
    this.#members[place] = last
    this.#places.set(last, place)
  }

  /** Returns a member. There must be one. */
  pick(): string {
    return this.#members[randomBelow(this.#members.length)] as string
  }

  /**
   * Returns different members, in random order: all of them if there are no more than `count`.
   *
   * Source: the shuffle of Fisher and Yates, as far as it is needed.
   */
  sample(count: number): string[] {
    const members = this.#members
    const { length } = members
    const end = Math.min(count, length)
    for (let n = 0; n < end; n++) this.#exchange(n, n + randomBelow(length - n))
    return members.slice(0, end)
  }

  #exchange(a: number, b: number): void {
    const members = this.#members
    const first = members[a] as string
    const second = members[b] as string
    members[a] = second
    members[b] = first
    this.#places.set(second, a)
    this.#places.set(first, b)
  }
}

function randomBelow(end: number): number {
  return Math.floor(Math.random() * end)
}
