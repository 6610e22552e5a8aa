import { latin1 } from './latin1.ts'

/** Longest text that is kept: those of commands and their options. In bytes. */
const MAX_LENGTH = 10
/** A power of two. */
const SLOTS = 1_024

/**
 * Reads texts, and keeps the short ones: most requests begin with a name that was read before. To
 * compare it with the bytes takes less time than to make a new string, and to hash that.
 */
export class TextCache {
  readonly #texts: string[] = new Array(SLOTS).fill('')

  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start
    if (length === 0 || length > MAX_LENGTH) return latin1(buffer, start, end)
    let hash = length
    for (let at = start; at < end; at++) hash = (hash * 31 + (buffer[at] as number)) | 0
    const slot = hash & (SLOTS - 1)
    const known = this.#texts[slot] as string
    if (known.length === length && isAt(known, buffer, start)) return known
    const text = latin1(buffer, start, end)
    this.#texts[slot] = text
    return text
  }
}

function isAt(text: string, buffer: Buffer, start: number): boolean {
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) !== buffer[start + n]) return false
  return true
}
