/** A key of the store, by what it holds. */
export type DecodedKey = DecodedCall | DecodedName

/** A key of a fragment, or of a call of a cached function. */
export interface DecodedCall {
  readonly kind: 'fragment' | 'function'
  readonly name: string
  readonly parts: readonly unknown[]
  readonly vary: Readonly<Record<string, unknown>>
}

/** A key of a value, or of a tag's version. */
export interface DecodedName {
  readonly kind: 'value' | 'tag'
  readonly name: string
}

/** Stands for what a key has only as a digest. */
const DIGEST = '(digest)'

/**
 * Decodes a key of a cache; undefined for keys of its own, such as locks, and for others.
 * @param keyPrefix the begin of all its keys
 */
export function decodeKey(keyPrefix: string, key: string): DecodedKey | undefined {
  const rest = key.slice(keyPrefix.length)
  switch (rest[0]) {
    case '$':
      return { kind: 'value', name: readable(rest.slice(1)) }
    case '#':
      return { kind: 'tag', name: readable(rest.slice(rest.indexOf(':') + 1)) }
    case '@':
      return decodeCall('function', rest.slice(1))
    default:
      return /^[\dh]/.test(rest) ? decodeCall('fragment', rest) : undefined
  }
}

/** Replaces a digest of a long name, which begins with a noncharacter. */
function readable(name: string): string {
  return name.replaceAll(/\uffff[0-9a-f]{64}/g, DIGEST)
}

function decodeCall(kind: 'fragment' | 'function', text: string): DecodedCall | undefined {
  const reader = new KeyReader(text)
  try {
    const name = reader.name()
    const parts: unknown[] = []
    const vary: Record<string, unknown> = {}
    while (!reader.atEnd) {
      reader.expect(':')
      if (!reader.takes('v')) parts.push(reader.value())
      else {
        const varied = reader.name()
        reader.expect('=')
        vary[varied] = reader.value()
      }
    }
    return { kind, name, parts, vary }
  } catch {
    return undefined
  }
}

/** Reads what `fragmentKey` writes: types, lengths and texts. */
class KeyReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  expect(character: string): void {
    if (!this.takes(character)) throw new Error(`A key has no ${character} at ${this.#at}`)
  }

  /** Reads a name with its length; a long one is a digest. */
  name(): string {
    return this.takes('h') ? this.#sized() && DIGEST : this.#sized()
  }

  value(): unknown {
    const type = this.#text[this.#at++]
    const text = this.#sized()
    switch (type) {
      case 'n':
        return Number(text)
      case 'b':
        return text === 'true'
      case 'i':
        return `${text}n`
      case 'd':
        return new Date(Number(text)).toISOString()
      case 'z':
        return null
      case 'h':
        return DIGEST
      case 'a':
        return new KeyReader(text).#values()
      case 'o': {
        const all = new KeyReader(text).#values()
        return Object.fromEntries(all.flatMap((name, n) => (n % 2 === 0 ? [[String(name), all[n + 1]]] : [])))
      }
      case 's':
      case 'x':
      case 'j':
        return text
      default:
        throw new Error(`A key has a part of the unknown type ${type}`)
    }
  }

  #values(): unknown[] {
    const values: unknown[] = []
    while (!this.atEnd) values.push(this.value())
    return values
  }

  #sized(): string {
    const colon = this.#text.indexOf(':', this.#at)
    const length = Number(this.#text.slice(this.#at, colon))
    const end = colon + 1 + length
    if (colon < 0 || !Number.isSafeInteger(length) || end > this.#text.length)
      throw new Error(`A key has no length at ${this.#at}`)
    this.#at = end
    return this.#text.slice(colon + 1, end)
  }
}
