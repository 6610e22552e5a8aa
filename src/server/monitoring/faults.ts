import { CommandError } from '../command-error.ts'
import { error, utf8 } from '../protocol/reply.ts'

/** Most faults that are told apart: a message may differ each time. */
const MAX_TOLD = 100

/**
 * Faults of the server, and of functions that were handed to it: whatever is thrown and is not the
 * answer to a request. The server goes on: the client is answered an error, and each fault is
 * warned about once.
 */
export class Faults {
  readonly #told = new Set<string>()

  /**
   * Encodes what a command threw: a CommandError is its reply, anything else a fault.
   *
   * @param command name of the command
   */
  reply(command: string, thrown: unknown): string {
    if (thrown instanceof CommandError) return error(thrown.message)
    // No string of V8 is longer than 512 MB.
    if (thrown instanceof RangeError && thrown.message === 'Invalid string length')
      return error('ERR a value or a reply would be longer than 512 MB')
    this.tell(`the command ${command}`, thrown)
    return error(utf8(`ERR internal error of the server in ${command}: ${messageOf(thrown)}`))
  }

  /** Warns about a fault, unless it was warned about before. */
  tell(where: string, thrown: unknown): void {
    const message = `onetrip/server goes on after a fault in ${where}: ${messageOf(thrown)}`
    if (this.#told.has(message) || this.#told.size >= MAX_TOLD) return
    this.#told.add(message)
    const detail = thrown instanceof Error ? thrown.stack : undefined
    process.emitWarning(message, {
      type: 'OnetripWarning',
      code: 'ONETRIP_SERVER_FAULT',
      ...(detail === undefined ? {} : { detail }),
    })
  }
}

/** Returns the text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown)
  } catch {
    // An object without a prototype, or with a toString that throws.
    return 'an object without a text'
  }
}
