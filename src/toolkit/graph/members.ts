/**
 * Each triple is three members of one sorted set, all of score 0: subject, predicate and object in
 * three orders, so that the triples with any given parts are one range of members. A member is the
 * letter of its order and three encoded values, each with a byte 0 after it.
 *
 * After C. Weiss, P. Karras and A. Bernstein, "Hexastore" (VLDB 2008). Three of its six orders are
 * enough to find all; the other three differ in the order of what is found.
 */
const ORDERS = {
  s: [0, 1, 2],
  p: [1, 2, 0],
  o: [2, 0, 1],
} as const satisfies Record<string, readonly [number, number, number]>

type Order = keyof typeof ORDERS
const ORDER_NAMES = Object.keys(ORDERS) as Order[]

/** Encoded subject, predicate and object. */
export type EncodedTriple = readonly [Buffer, Buffer, Buffer]

const END = Buffer.of(0)
const ABOVE_ALL = Buffer.of(0xff)
const FROM = Buffer.from('[')
const BEYOND = Buffer.from('(')

/** Returns the three members of a triple. */
export function membersOf(triple: EncodedTriple): Buffer[] {
  return ORDER_NAMES.map((order) => memberOf(order, triple))
}

/** Returns the member by which a triple is found if all of it is given. */
export function firstMember(triple: EncodedTriple): Buffer {
  return memberOf('s', triple)
}

function memberOf(order: Order, parts: readonly (Buffer | undefined)[]): Buffer {
  const given = ORDERS[order].map((part) => parts[part]).filter((part) => part !== undefined)
  return Buffer.concat([Buffer.from(order), ...given.flatMap((part) => [part, END])])
}

/**
 * Returns the range, for ZRANGEBYLEX, of the triples that have the parts that are not undefined.
 */
export function rangeOf(parts: readonly (Buffer | undefined)[]): { from: Buffer; to: Buffer } {
  const count = parts.filter((part) => part !== undefined).length
  const begins = (order: Order) => ORDERS[order].slice(0, count).every((part) => parts[part] !== undefined)
  const prefix = memberOf(ORDER_NAMES.find(begins) ?? 's', parts)
  return { from: Buffer.concat([FROM, prefix]), to: Buffer.concat([BEYOND, prefix, ABOVE_ALL]) }
}

/** Returns the begin of the range after a member. */
export function beyond(member: Buffer): Buffer {
  return Buffer.concat([BEYOND, member])
}

/** Returns the triple of a member. */
export function tripleOf(member: Buffer): EncodedTriple {
  const order = ORDERS[member.toString('latin1', 0, 1) as Order]
  const triple: Buffer[] = []
  let from = 1
  for (const part of order) {
    const end = member.indexOf(0, from)
    triple[part] = member.subarray(from, end)
    from = end + 1
  }
  return triple as unknown as EncodedTriple
}
