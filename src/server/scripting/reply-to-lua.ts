import { readDouble } from '../data/numbers.ts'
import { writeLatin1 } from '../protocol/latin1.ts'
import { ABI, HEADER, NIL } from './abi.ts'

/** Size of the buffer, in bytes, and the largest that is kept after a large reply. */
const USUAL_SIZE = 16 * 1024
const MAX_KEPT = 1024 * 1024

/** Encodes replies of commands for the engine. */
export class LuaReplyEncoder {
  #buffer = Buffer.allocUnsafe(USUAL_SIZE)
  #size = 0
  #reply = ''
  #at = 0

  /**
   * Encodes a reply of RESP2 or RESP3.
   *
   * @param reply one whole reply, one character for each byte
   * @returns a buffer that the next call uses again
   */
  encode(reply: string): Buffer {
    this.#reply = reply
    this.#at = 0
    this.#size = 0
    if (this.#buffer.length > MAX_KEPT) this.#buffer = Buffer.allocUnsafe(USUAL_SIZE)
    this.#value()
    this.#reply = ''
    return this.#buffer.subarray(0, this.#size)
  }

  #value(): void {
    const type = this.#reply.charCodeAt(this.#at)
    switch (type) {
      case 36: // $
        return this.#bulk()
      case 58: // :
        return this.#integer(this.#line())
      case 42: // *
        return this.#items(ABI.ARRAY, 1)
      case 126: // ~
      case 62: // >
        return this.#items(type === 126 ? ABI.SET : ABI.ARRAY, 1)
      case 37: // %
        return this.#items(ABI.MAP, 2)
      case 43: // +
        return this.#text(ABI.STATUS, this.#line())
      case 45: // -
        return this.#text(ABI.ERROR, this.#line())
      case 95: // _
        this.#line()
        return this.#text(ABI.STATUS, NIL)
      case 35: // #
        this.#header(ABI.BOOLEAN, 1, 1)
        this.#buffer[this.#size++] = this.#line() === 't' ? 1 : 0
        return
      case 44: // ,
        return this.#double(this.#line())
      case 40: // (
        return this.#text(ABI.BIG_NUMBER, this.#line())
      case 61: // =
        return this.#verbatim()
      default:
        throw new Error(`not a reply: ${this.#reply.slice(this.#at, this.#at + 40)}`)
    }
  }

  /** Returns the rest of a line, without its type. */
  #line(): string {
    const end = this.#reply.indexOf('\r\n', this.#at)
    const line = this.#reply.slice(this.#at + 1, end)
    this.#at = end + 2
    return line
  }

  #bulk(): void {
    const length = Number(this.#line())
    if (length < 0) {
      this.#header(ABI.NULL, 0, 0)
      return
    }
    this.#text(ABI.BULK, this.#reply.slice(this.#at, this.#at + length))
    this.#at += length + 2
  }

  #verbatim(): void {
    const length = Number(this.#line())
    const format = this.#reply.slice(this.#at, this.#at + 3)
    const text = this.#reply.slice(this.#at + 4, this.#at + length)
    this.#at += length + 2
    this.#header(ABI.VERBATIM, 7 + text.length, 7 + text.length)
    this.#size = this.#buffer.writeUInt32LE(3, this.#size)
    this.#write(format)
    this.#write(text)
  }

  #items(type: number, each: number): void {
    const count = Number(this.#line())
    if (count < 0) {
      this.#header(ABI.NULL, 0, 0)
      return
    }
    this.#header(type, count, 0)
    for (let left = count * each; left > 0; left--) this.#value()
  }

  #integer(text: string): void {
    this.#header(ABI.INTEGER, 8, 8)
    const value = Number(text)
    if (Number.isSafeInteger(value)) {
      const high = Math.floor(value / 0x1_0000_0000)
      this.#buffer.writeUInt32LE(value - high * 0x1_0000_0000, this.#size)
      this.#buffer.writeInt32LE(high, this.#size + 4)
    } else this.#buffer.writeBigInt64LE(BigInt(text), this.#size)
    this.#size += 8
  }

  #double(text: string): void {
    this.#header(ABI.DOUBLE, 8, 8)
    this.#size = this.#buffer.writeDoubleLE(readDouble(text) ?? Number.NaN, this.#size)
  }

  #text(type: number, text: string): void {
    this.#header(type, text.length, text.length)
    this.#write(text)
  }

  #write(text: string): void {
    this.#size = writeLatin1(this.#buffer, text, this.#size)
  }

  /** Writes a header, and makes room for the bytes that follow. */
  #header(type: number, length: number, room: number): void {
    const needed = this.#size + HEADER + room
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length))
      this.#buffer.copy(larger, 0, 0, this.#size)
      this.#buffer = larger
    }
    this.#buffer[this.#size] = type
    this.#buffer.writeUInt32LE(length, this.#size + 1)
    this.#size += HEADER
  }
}
