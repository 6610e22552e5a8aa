import { latin1 } from '../protocol/latin1.ts'
import { bulk, error, integer, simple } from '../protocol/reply.ts'
import type { ReplyForm } from '../protocol/reply-form.ts'
import { ABI, HEADER, NIL } from './abi.ts'

/** The result of a chunk of Lua, read from the engine's memory. */
export class LuaResult {
  readonly #memory: Buffer
  #at: number

  /** @param at index of its first byte */
  constructor(memory: Buffer, at: number) {
    this.#memory = memory
    this.#at = at
  }

  get type(): number {
    return this.#memory[this.#at] as number
  }

  /** The bytes of a text. */
  get text(): string {
    const begin = this.#at + HEADER
    // The line of an error comes before it.
    const skipped = this.type === ABI.FAILURE ? 4 : 0
    return latin1(this.#memory, begin + skipped, begin + this.#length())
  }

  /**
   * Encodes the result as a reply.
   *
   * @param form that of the client
   * @param version of the protocol that the script has chosen: booleans of RESP2 are 1 or absent
   */
  reply(form: ReplyForm, version: 2 | 3): string {
    const memory = this.#memory
    const { type } = this
    const length = this.#length()
    this.#at += HEADER
    const begin = this.#at
    switch (type) {
      case ABI.NULL:
        return form.nil
      case ABI.ARRAY:
        return `*${length}\r\n${this.#replies(length, form, version)}`
      case ABI.MAP:
        return form.mapHeader(length) + this.#replies(2 * length, form, version)
      case ABI.SET:
        return form.setHeader(length) + this.#replies(length, form, version)
    }
    this.#at += length
    switch (type) {
      case ABI.INTEGER:
        return integer(readInteger(memory, begin))
      case ABI.BULK:
        return bulk(latin1(memory, begin, this.#at))
      case ABI.STATUS: {
        const text = latin1(memory, begin, this.#at)
        return text === NIL ? form.nil : simple(upToNull(text).replace(/[\r\n]/g, ' '))
      }
      case ABI.ERROR:
        return error(upToNull(latin1(memory, begin, this.#at)))
      case ABI.BOOLEAN: {
        const value = memory[begin] !== 0
        if (version === 3) return form.boolean(value)
        return value ? ':1\r\n' : form.nil
      }
      case ABI.DOUBLE:
        return form.double(memory.readDoubleLE(begin))
      case ABI.BIG_NUMBER: {
        const digits = latin1(memory, begin, this.#at)
        return form.version === 3 ? `(${digits.replace(/[\r\n]/g, ' ')}\r\n` : bulk(digits)
      }
      case ABI.VERBATIM: {
        const split = begin + 4 + memory.readUInt32LE(begin)
        return form.verbatim(
          latin1(memory, split, this.#at),
          latin1(memory, begin + 4, split)
            .slice(0, 3)
            .padEnd(3),
        )
      }
      default:
        throw new Error(`the engine of Lua returned a value of an unknown type, ${type}`)
    }
  }

  #replies(count: number, form: ReplyForm, version: 2 | 3): string {
    let out = ''
    for (let n = 0; n < count; n++) out += this.reply(form, version)
    return out
  }

  #length(): number {
    return this.#memory.readUInt32LE(this.#at + 1)
  }
}

/** Returns a text as Redis reads those of statuses and errors: to the first null byte. */
export function upToNull(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

function readInteger(memory: Buffer, at: number): number | bigint {
  const high = memory.readInt32LE(at + 4)
  if (high >= -0x20_0000 && high < 0x20_0000) return high * 0x1_0000_0000 + memory.readUInt32LE(at)
  return memory.readBigInt64LE(at)
}
