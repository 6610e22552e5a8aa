import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { EMPTY_ARRAY, integer } from '../../protocol/reply.ts'
import { countArgument } from '../arguments/count-argument.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { List } from './list.ts'

const RANK_IS_ZERO = new CommandError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
)
const COUNT_IS_NEGATIVE = new CommandError("ERR COUNT can't be negative")
const MAXLEN_IS_NEGATIVE = new CommandError("ERR MAXLEN can't be negative")

interface Options {
  /** Which match is the first that is answered; negative from the end of the list. */
  rank: number
  /** How many matches are answered; undefined if one is, and not in an array. */
  count: number | undefined
  /** How many items are compared. */
  most: number
}

export const lpos: Handler = ({ database, form }, args) => {
  const options = readOptions(args)
  const list = database.readOf(args[1] as string, List)
  const { count } = options
  const found = list ? positions(list, args[2] as string, options) : []
  if (count === undefined) return found[0] === undefined ? form.nil : integer(found[0])
  if (found.length === 0) return EMPTY_ARRAY
  let out = `*${found.length}\r\n`
  for (const index of found) out += `:${index}\r\n`
  return out
}

function positions(list: List, item: string, { rank, count = 1, most }: Options): number[] {
  const { size } = list
  const found: number[] = []
  let skipped = Math.abs(rank) - 1
  for (let n = 0; n < size && n < most && found.length < count; n++) {
    const index = rank > 0 ? n : size - 1 - n
    if (list.at(index) !== item) continue
    if (skipped > 0) skipped--
    else found.push(index)
  }
  return found
}

function readOptions(args: readonly string[]): Options {
  const options: Options = { rank: 1, count: undefined, most: Number.POSITIVE_INFINITY }
  for (let n = 3; n < args.length; n += 2) {
    const value = args[n + 1]
    if (value === undefined) throw SYNTAX_ERROR
    switch ((args[n] as string).toLowerCase()) {
      case 'rank':
        options.rank = indexArgument(value)
        if (options.rank === 0) throw RANK_IS_ZERO
        break
      case 'count':
        options.count = countArgument(value, 0, COUNT_IS_NEGATIVE) || Number.POSITIVE_INFINITY
        break
      case 'maxlen':
        options.most = countArgument(value, 0, MAXLEN_IS_NEGATIVE) || Number.POSITIVE_INFINITY
        break
      default:
        throw SYNTAX_ERROR
    }
  }
  return options
}
