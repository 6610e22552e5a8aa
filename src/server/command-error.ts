/**
 * An error that a command answers. Its message is sent as it is, with its code.
 *
 * @example throw new CommandError('ERR syntax error')
 */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Errors that many commands answer. Made once, since a stack costs more than a command. */
export const WRONG_TYPE = fixed('WRONGTYPE Operation against a key holding the wrong kind of value')
export const SYNTAX_ERROR = fixed('ERR syntax error')
export const NOT_AN_INTEGER = fixed('ERR value is not an integer or out of range')
export const NOT_A_FLOAT = fixed('ERR value is not a valid float')
export const NO_SUCH_KEY = fixed('ERR no such key')
export const NO_MEMORY = fixed("OOM command not allowed when used memory > 'maxmemory'.")
export const OUT_OF_RANGE = fixed('ERR index out of range')

function fixed(message: string): CommandError {
  return new CommandError(message)
}
