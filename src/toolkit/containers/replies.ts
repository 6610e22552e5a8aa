import { ToolkitError } from '../../errors.ts'

export const isOne = (reply: unknown): boolean => Number(reply) > 0
export const ignore = (): void => {}

export function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : []
}

export function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString() : String(value)
}

/**
 * Returns the items of a reply of pairs, one after the other: a flat list, a list of pairs, a
 * Map or an object, by the protocol and the options of the client.
 */
export function flatOf(reply: unknown): unknown[] {
  if (reply instanceof Map) return [...reply].flat()
  if (!Array.isArray(reply))
    return typeof reply === 'object' && reply !== null ? Object.entries(reply).flat() : []
  const list = listOf(reply)
  return Array.isArray(list[0]) ? list.flat() : list
}

/**
 * Returns a whole number of a reply.
 *
 * @throws ToolkitError (`not-a-number`) beyond 2^53, where numbers of JavaScript have gaps
 */
export function integerOf(reply: unknown): number {
  const number = Number(reply)
  if (Number.isSafeInteger(number)) return number
  const why = Number.isInteger(number)
    ? 'beyond what a number of JavaScript holds exactly'
    : 'no whole number'
  throw new ToolkitError(`${textOf(reply)} is ${why}`, {
    reason: 'not-a-number',
  })
}

/** Returns a number of a reply: Redis writes those with a fraction as text. */
export function numberOf(reply: unknown): number {
  const text = textOf(reply)
  if (text === 'inf' || text === '+inf') return Infinity
  return text === '-inf' ? -Infinity : Number(text)
}

/** Returns a number; undefined for null. */
export function numberIfAny(reply: unknown): number | undefined {
  return reply === null || reply === undefined ? undefined : numberOf(reply)
}
