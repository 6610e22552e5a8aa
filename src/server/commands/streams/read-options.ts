import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { readInteger64 } from '../../data/numbers.ts'
import type { Session } from '../../session.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'

const UNBALANCED = new CommandError(
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
)
const GROUP_OF_XREAD = new CommandError(
  'ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.',
)
const NOACK_OF_XREAD = new CommandError(
  'ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.',
)
const NO_GROUP_OPTION = new CommandError('ERR Missing GROUP option for XREADGROUP')
const NO_TIMEOUT = new CommandError('ERR timeout is not an integer or out of range')
const NEGATIVE_TIMEOUT = new CommandError('ERR timeout is negative')

/** Arguments of XREAD and XREADGROUP. */
export class ReadOptions {
  /** In ms, 0 without an end; undefined if the command does not block. */
  timeout: number | undefined
  /** Most entries of each stream; 0 for all. */
  count = 0
  noAck = false
  group = ''
  consumer = ''
  readonly keys: readonly string[]
  /** As many as there are keys. */
  readonly ids: readonly string[]

  /** @throws CommandError */
  constructor({ origin }: Session, args: readonly string[], ofGroup: boolean) {
    let hasGroup = false
    let first = 0
    for (let n = 1; n < args.length && first === 0; n++) {
      const option = (args[n] as string).toLowerCase()
      const more = args.length - n - 1
      if (option === 'block' && more > 0) {
        if (origin === 'script') throw blockInScript(args[0] as string)
        this.timeout = readTimeout(args[++n] as string)
      } else if (option === 'count' && more > 0) this.count = Math.max(0, indexArgument(args[++n] as string))
      else if (option === 'streams' && more > 0) first = n + 1
      else if (option === 'group' && more > 1) {
        if (!ofGroup) throw GROUP_OF_XREAD
        hasGroup = true
        this.group = args[++n] as string
        this.consumer = args[++n] as string
      } else if (option === 'noack') {
        if (!ofGroup) throw NOACK_OF_XREAD
        this.noAck = true
      } else throw SYNTAX_ERROR
    }
    const given = args.length - first
    if (first > 0 && given % 2 === 1) throw UNBALANCED
    if (first === 0) throw SYNTAX_ERROR
    if (ofGroup && !hasGroup) throw NO_GROUP_OPTION
    this.keys = args.slice(first, first + given / 2)
    this.ids = args.slice(first + given / 2)
  }
}

function readTimeout(text: string): number {
  const timeout = readInteger64(text)
  if (timeout === undefined) throw NO_TIMEOUT
  if (timeout < 0n) throw NEGATIVE_TIMEOUT
  return Number(timeout)
}

function blockInScript(name: string): CommandError {
  return new CommandError(`ERR ${name} command is not allowed with BLOCK option from scripts`)
}
