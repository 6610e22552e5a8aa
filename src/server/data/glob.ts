/** Returns true for texts that match a pattern. */
export type Matcher = (text: string) => boolean

const STAR = -1
const ANY = -2
/** A code of 256 + n stands for class n; smaller ones for a character. */
const FIRST_CLASS = 256

/** Allowed characters, by their codes. */
type CharacterClass = Uint8Array

interface Pattern {
  readonly codes: readonly number[]
  readonly classes: readonly CharacterClass[]
}

/**
 * Compiles a glob pattern of Redis: `*`, `?`, `[a-c]`, `[^a]`, and `\` before a character that
 * stands for itself. A match takes at most pattern times text steps, whatever the pattern is.
 *
 * @param ignoreCase as CONFIG GET and COMMAND LIST do; only for ASCII letters
 * @example globMatcher('user:*')('user:7') // true
 */
export function globMatcher(pattern: string, ignoreCase = false): Matcher {
  if (pattern === '*') return () => true
  const { codes, classes } = parse(pattern, ignoreCase)
  if (!ignoreCase) {
    if (codes.every(isCharacter)) {
      const exact = String.fromCharCode(...codes.slice(0, MAX_SIMPLE))
      if (codes.length <= MAX_SIMPLE) return (text) => text === exact
    } else if (codes.length <= MAX_SIMPLE && codes.at(-1) === STAR && codes.slice(0, -1).every(isCharacter)) {
      const prefix = String.fromCharCode(...codes.slice(0, -1))
      return (text) => text !== '' && text.startsWith(prefix)
    }
  }
  return ignoreCase
    ? (text) => matches(codes, classes, lowerCase(text))
    : (text) => matches(codes, classes, text)
}

/** The longest pattern that becomes a comparison of strings, in characters. */
const MAX_SIMPLE = 1_000

function isCharacter(code: number): boolean {
  return code >= 0 && code < FIRST_CLASS
}

/**
 * Matches without recursion: after a mismatch only the last `*` takes one more character, since an
 * earlier one that took more would leave less for what follows.
 */
function matches(codes: readonly number[], classes: readonly CharacterClass[], text: string): boolean {
  const { length } = text
  // As in Redis, even `*` does not match an empty text.
  if (length === 0) return codes.length === 0
  let at = 0
  let n = 0
  let starAt = -1
  let starText = 0
  while (at < length) {
    const code = codes[n]
    if (code === STAR) {
      starAt = n++
      starText = at
      if (n === codes.length) return true
    } else if (code !== undefined && fits(code, text.charCodeAt(at), classes)) {
      n++
      at++
    } else if (starAt >= 0) {
      n = starAt + 1
      at = ++starText
    } else return false
  }
  while (codes[n] === STAR) n++
  return n === codes.length
}

function fits(code: number, character: number, classes: readonly CharacterClass[]): boolean {
  if (code === ANY) return true
  if (code < FIRST_CLASS) return code === character
  return classes[code - FIRST_CLASS]?.[character] === 1
}

function parse(pattern: string, ignoreCase: boolean): Pattern {
  const codes: number[] = []
  const classes: CharacterClass[] = []
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at++] as string
    if (character === '*') {
      if (codes.at(-1) !== STAR) codes.push(STAR)
    } else if (character === '?') codes.push(ANY)
    else if (character === '[') {
      const { allowed, end } = parseClass(pattern, at, ignoreCase)
      codes.push(FIRST_CLASS + classes.push(allowed) - 1)
      at = end
    } else {
      const literal = character === '\\' && at < pattern.length ? (pattern[at++] as string) : character
      codes.push((ignoreCase ? lowerCase(literal) : literal).charCodeAt(0))
    }
  }
  return { codes, classes }
}

/**
 * Parses a class.
 *
 * @param at index after its bracket
 * @returns with the index after the closing bracket; a class without one ends with the pattern
 */
function parseClass(pattern: string, at: number, ignoreCase: boolean): { allowed: Uint8Array; end: number } {
  const allowed = new Uint8Array(256)
  const negated = pattern[at] === '^'
  let n = negated ? at + 1 : at
  const { length } = pattern
  for (; n < length && pattern[n] !== ']'; n++) {
    if (pattern[n] === '\\' && n + 1 < length) {
      // Redis compares an escaped character with its case.
      allowed[pattern.charCodeAt(++n)] = 1
    } else if (pattern[n + 1] === '-' && n + 2 < length) {
      allowRange(allowed, pattern.charCodeAt(n), pattern.charCodeAt(n + 2), ignoreCase)
      n += 2
    } else {
      const code = pattern.charCodeAt(n)
      allowed[ignoreCase ? lowerCode(code) : code] = 1
    }
  }
  if (negated) for (let code = 0; code < 256; code++) allowed[code] = allowed[code] === 1 ? 0 : 1
  return { allowed, end: n + 1 }
}

/** Allows a range with ends in any order. Redis takes bytes from 128 on as negative numbers. */
function allowRange(allowed: Uint8Array, from: number, to: number, ignoreCase: boolean): void {
  let low = signed(from)
  let high = signed(to)
  if (low > high) [low, high] = [high, low]
  if (ignoreCase) {
    low = lowerCode(low)
    high = lowerCode(high)
  }
  for (let code = low; code <= high; code++) allowed[code & 255] = 1
}

function signed(byte: number): number {
  return byte > 127 ? byte - 256 : byte
}

function lowerCode(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code
}

/** Lowers ASCII letters only, unlike toLowerCase(): a latin1 string is bytes. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32))
}
