import { StoreError, ToolkitError, type ToolkitErrorReason } from '../errors.ts'

/**
 * Errors of Redis that a caller can do something about. They are not anchored: before Redis 7 the
 * error of a script has the place in the script before that of the command.
 */
const REFUSALS: readonly (readonly [part: RegExp, reason: ToolkitErrorReason, advice: string])[] = [
  [/\bWRONGTYPE|\bINVALIDOBJ/, 'wrong-type', 'the key holds something else'],
  [/is not an? (integer|float|valid float)|would overflow|NaN|-nan/i, 'not-a-number', 'not a number'],
  [/can't be converted into double/, 'not-a-number', 'only numbers are sorted, unless alpha is true'],
  [/index out of range/, 'not-found', 'there is no item of this index'],
  [/no such key/, 'not-found', 'the key does not exist'],
  [/no such value/, 'not-found', 'it does not have this value'],
  [
    /unknown command|unknown subcommand|wrong number of arguments|Unsupported option|syntax error/i,
    'not-supported',
    'this version of Redis does not offer it',
  ],
]

/**
 * Converts an error of the server to one that says what was refused; returns any other as it is.
 *
 * @param owner the subject of the message, such as `The hash 'shop:cart'`, which names the key
 * @param type the type that the key must have, such as `a hash`, for `wrong-type`
 */
export function refusalOf(error: unknown, owner: string, type: string): unknown {
  if (!(error instanceof StoreError) || !(error.cause instanceof Error)) return error
  const { message } = error.cause
  const [, reason, advice] = REFUSALS.find(([part]) => part.test(message)) ?? []
  if (reason === undefined) return error
  const said = reason === 'wrong-type' ? `${advice} than ${type}` : advice
  return new ToolkitError(`${owner}: ${said} (${message})`, { reason, cause: error.cause })
}
