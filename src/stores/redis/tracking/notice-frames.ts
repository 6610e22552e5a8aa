/** Channel on which Redis reports writes to a connection that speaks RESP2. */
export const CHANNEL = '__redis__:invalidate'

/** Messages of a connection that subscribes, with the number of their elements. */
const SIZES: Readonly<Record<string, number>> = { message: 3, subscribe: 3, pong: 2 }
/** Longest line of a server, such as an error, in bytes. */
const LONGEST_LINE = 65_536
const NEWLINE = 10

/**
 * Checks what a server sends to a connection that follows writes, before ioredis reads it: replies,
 * and messages in RESP2 of exactly the expected forms. ioredis reads a message without checking it,
 * and throws outside of any call for `*0` or a null. A damaged message may have been any change.
 */
export class NoticeFrames {
  /** Beginning of a line, or of a short string, that is not complete. */
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes of a string that are still to come. */
  #skip = 0
  #next: 'reply' | 'kind' | 'name' | 'last' | 'keys' = 'reply'
  #size = 0
  #kind = ''
  #keys = 0
  #broken = false

  /** Returns false from the first unexpected bytes on. */
  accepts(bytes: Buffer): boolean {
    this.#broken ||= !this.#read(this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes)
    return !this.#broken
  }

  #read(bytes: Buffer): boolean {
    this.#rest = bytes.subarray(0, 0)
    for (let at = 0; at < bytes.length; ) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at)
        this.#skip -= skipped
        at += skipped
        continue
      }
      const end = bytes.indexOf(NEWLINE, at)
      const next = end === -1 ? undefined : this.#line(bytes, at, end)
      if (next === false) return false
      if (next === undefined) {
        // A copy, since the bytes may be a part of a larger buffer.
        this.#rest = Buffer.from(bytes.subarray(at))
        return this.#rest.length <= LONGEST_LINE
      }
      at = next
    }
    return true
  }

  /**
   * Reads a line. Returns where the next begins; undefined while bytes are missing; false: it is
   * wrong.
   */
  #line(bytes: Buffer, at: number, end: number): number | undefined | false {
    const match = /^([+\-:$*])(.*)\r$/s.exec(bytes.toString('latin1', at, end))
    if (!match) return false
    const [, type = '', text = ''] = match
    if (type === '+' || type === '-') return this.#take(type, 0) && end + 1
    if (!/^(-1|0|-?[1-9]\d{0,14})$/.test(text)) return false
    const number = Number(text)
    if (type !== '$') return this.#take(type, number) && end + 1
    if (number < 0) return number === -1 && this.#take(type, number) && end + 1
    const after = end + 1 + number + 2
    if (this.#next !== 'kind' && this.#next !== 'name') {
      this.#skip = number + 2
      return this.#take(type, number) && end + 1
    }
    if (number > CHANNEL.length) return false
    if (after > bytes.length) return undefined
    return this.#take(type, number, bytes.toString('latin1', end + 1, after - 2)) && after
  }

  /** Takes one element. Returns true if it is expected here. */
  #take(type: string, size: number, text?: string): boolean {
    switch (this.#next) {
      case 'reply':
        if (type !== '*') return size >= 0 || type === ':'
        this.#size = size
        this.#next = 'kind'
        return size === 2 || size === 3
      case 'kind':
        this.#kind = text ?? ''
        this.#next = 'name'
        return Object.hasOwn(SIZES, this.#kind) && SIZES[this.#kind] === this.#size
      case 'name':
        this.#next = this.#size === 3 ? 'last' : 'reply'
        return text !== undefined && (this.#kind === 'pong' || text === CHANNEL)
      case 'last':
        return this.#last(type, size)
      case 'keys':
        if (--this.#keys === 0) this.#next = 'reply'
        return type === '$' && size > 0
    }
  }

  /** Takes the number of a subscription, the keys of a message, or the null that means all keys. */
  #last(type: string, size: number): boolean {
    this.#next = 'reply'
    if (this.#kind === 'subscribe') return type === ':'
    if (size === -1) return type === '$' || type === '*'
    this.#keys = size
    this.#next = 'keys'
    return type === '*' && size > 0
  }
}

/** The socket of a client, which is not part of the API of ioredis. */
interface WithStream {
  readonly stream?: {
    listeners(event: 'data'): ((bytes: Buffer) => void)[]
    off(event: 'data', listener: (bytes: Buffer) => void): unknown
    prependListener(event: 'data', listener: (bytes: Buffer) => void): unknown
  }
}

/**
 * Checks what arrives on the connection that a client has just opened. From the first unexpected
 * bytes on, ioredis receives nothing more of it.
 */
export function checkNotices(client: object, onBroken: () => void): void {
  const { stream } = client as WithStream
  // The listener of ioredis' parser is the first.
  const [read] = stream?.listeners('data') ?? []
  if (!stream || !read) return
  const frames = new NoticeFrames()
  let told = false
  stream.off('data', read)
  stream.prependListener('data', (bytes) => {
    if (frames.accepts(bytes)) return read(bytes)
    if (told) return
    told = true
    onBroken()
  })
}
