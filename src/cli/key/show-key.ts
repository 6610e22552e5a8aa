import type { DecodedKey } from './decode-key.ts'
import { writePart } from './read-part.ts'

/** Returns a key as a command line has it: a name, parts, and what it varies by. */
export function showKey(decoded: DecodedKey): string {
  if (!('parts' in decoded)) return decoded.name
  const { name, parts, vary } = decoded
  const varied = Object.entries(vary).map(([key, value]) => `${key}=${writePart(value)}`)
  return [name, ...parts.map(writePart), ...varied].join(' ')
}
