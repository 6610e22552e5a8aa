import { readTimeout } from '../../blocking/read-timeout.ts'
import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import { NO_REPLY } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { countArgument } from '../arguments/count-argument.ts'
import { NO_KEYS } from '../arguments/no-keys.ts'
import type { Handler } from '../command.ts'
import { encodeMany, encodeOne, type PopEnd, type Popping, popFrom } from './pop.ts'
import { SortedSet } from './sorted-set.ts'

const NO_COUNT = new CommandError('ERR count should be greater than 0')

/** The arguments of ZMPOP. */
interface MultiPop {
  readonly keys: readonly string[]
  readonly popping: Popping
}

export const zmpop: Handler = (session, args) => {
  const { keys, popping } = readMultiPop(args, 1)
  return popFirst(session, keys, popping) ?? session.form.nilArray
}

export const bzmpop: Handler = (session, args) => {
  const { keys, popping } = readMultiPop(args, 2)
  return popOrWait(session, keys, popping, args[1] as string)
}

/** Makes BZPOPMIN and BZPOPMAX. */
function blockingPop(end: PopEnd): Handler {
  const popping: Popping = { end, count: 1, encode: encodeOne }
  return (session, args) => popOrWait(session, args.slice(1, -1), popping, args.at(-1) as string)
}

export const bzpopmin = blockingPop('min')
export const bzpopmax = blockingPop('max')

function readMultiPop(args: readonly string[], at: number): MultiPop {
  const last = at + countArgument(args[at] as string, 1, NO_KEYS)
  const end = args[last + 1]?.toLowerCase()
  if (end !== 'min' && end !== 'max') throw SYNTAX_ERROR
  let count: number | undefined
  for (let n = last + 2; n < args.length; n += 2) {
    const value = args[n + 1]
    if (count !== undefined || value === undefined || args[n]?.toLowerCase() !== 'count') throw SYNTAX_ERROR
    count = countArgument(value, 1, NO_COUNT)
  }
  return {
    keys: args.slice(at + 1, last + 1),
    popping: { end, count: count ?? 1, encode: encodeMany },
  }
}

function popOrWait(session: Session, keys: readonly string[], popping: Popping, seconds: string): string {
  const timeout = readTimeout(seconds)
  const reply = popFirst(session, keys, popping)
  if (reply !== undefined) return reply
  if (!session.mayBlock) return session.form.nilArray
  const { instance, client, database } = session
  instance.blocked.wait({
    client,
    database,
    keys: [...new Set(keys)],
    timeout,
    // A key that has another type now is no reason to answer: the client goes on waiting.
    retry: (key) =>
      database.peek(key)?.value instanceof SortedSet ? popFirst(session, [key], popping) : undefined,
    timedOut: () => session.form.nilArray,
  })
  return NO_REPLY
}

/** Takes members of the first key that is there, undefined if there is none. */
function popFirst(session: Session, keys: readonly string[], popping: Popping): string | undefined {
  const { database, form } = session
  const { end, count, encode } = popping
  for (const key of keys) {
    const set = database.findOf(key, SortedSet)
    if (set !== undefined) return encode(key, popFrom(database, key, set, end, count), form)
  }
  return undefined
}
