/**
 * Splits what a server sends into replies, and keeps the bytes of each: RESP2 and RESP3, from
 * chunks that may end at any byte. A latin1 string, one character for each byte.
 */
export class RawReplies {
  #text = ''
  /** The first character of the reply under way that was not looked at. */
  #at = 0
  /** Values that the reply under way still lacks. */
  #left = 1

  push(chunk: string): void {
    this.#text += chunk
  }

  /** The bytes that belong to no complete reply. */
  get rest(): string {
    return this.#text
  }

  /** Returns the next complete reply; undefined if more bytes are needed. */
  next(): string | undefined {
    while (this.#left > 0) if (!this.#skipValue()) return undefined
    const reply = this.#text.slice(0, this.#at)
    this.#text = this.#text.slice(this.#at)
    this.#at = 0
    this.#left = 1
    return reply
  }

  /** Moves past a scalar, or past the header of an aggregate. */
  #skipValue(): boolean {
    const end = this.#text.indexOf('\r\n', this.#at)
    if (end < 0) return false
    const type = this.#text[this.#at] as string
    const count = Number(this.#text.slice(this.#at + 1, end))
    let next = end + 2
    if ('$=!'.includes(type)) {
      if (count >= 0) next += count + 2
      if (next > this.#text.length) return false
      this.#left--
    } else if ('*~>'.includes(type)) this.#left += Math.max(0, count) - 1
    else if (type === '%') this.#left += 2 * count - 1
    // An attribute comes before the value that it belongs to.
    else if (type === '|') this.#left += 2 * count
    else if ('+-:_,#('.includes(type)) this.#left--
    else throw new Error(`not a reply: ${JSON.stringify(this.#text.slice(this.#at, this.#at + 80))}`)
    this.#at = next
    return true
  }
}
