import { readTimeout } from '../../blocking/read-timeout.ts'
import { bulk, NO_REPLY } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { type End, List } from './list.ts'
import { type Move, moveArguments, moveItem, rightToLeft } from './move.ts'
import { multiPopArguments, popItem, popItems } from './pop.ts'

export const blpop: Handler = (session, args) => popOrWait(session, args, 'left')
export const brpop: Handler = (session, args) => popOrWait(session, args, 'right')

function popOrWait(session: Session, args: readonly string[], end: End): string {
  const timeout = readTimeout(args[args.length - 1] as string)
  const { database } = session
  return firstOrWait(session, args.slice(1, -1), timeout, (key, list) => {
    const item = popItem(database, key, list, end)
    return `*2\r\n${bulk(key)}${bulk(item)}`
  })
}

export const blmpop: Handler = (session, args) => {
  const { keys, end, count } = multiPopArguments(args, 2)
  const timeout = readTimeout(args[1] as string)
  const { database } = session
  return firstOrWait(
    session,
    keys,
    timeout,
    (key, list) => `*2\r\n${bulk(key)}${popItems(database, key, list, end, count)}`,
  )
}

/**
 * Serves from the first of the keys that has a list, else blocks the client.
 *
 * @param serve pops from a list, and returns the reply
 * @throws CommandError WRONGTYPE
 */
function firstOrWait(
  session: Session,
  keys: readonly string[],
  timeout: number,
  serve: (key: string, list: List) => string,
): string {
  const { instance, client, database } = session
  for (const key of keys) {
    const list = database.findOf(key, List)
    if (list) return serve(key, list)
  }
  if (!session.mayBlock) return session.form.nilArray
  instance.blocked.wait({
    client,
    database,
    keys: [...new Set(keys)],
    timeout,
    retry: (key) => {
      // Values of other types are left alone: the client goes on waiting.
      const list = database.find(key)
      return list instanceof List ? serve(key, list) : undefined
    },
    timedOut: () => session.form.nilArray,
  })
  return NO_REPLY
}

export const blmove: Handler = (session, args) => {
  const move = moveArguments(args)
  return moveOrWait(session, move, readTimeout(args[5] as string))
}

export const brpoplpush: Handler = (session, args) =>
  moveOrWait(session, rightToLeft(args), readTimeout(args[3] as string))

function moveOrWait(session: Session, move: Move, timeout: number): string {
  const { instance, client, database } = session
  const item = moveItem(database, move)
  if (item !== undefined) return bulk(item)
  if (!session.mayBlock) return session.form.nil
  instance.blocked.wait({
    client,
    database,
    keys: [move.source],
    timeout,
    retry: (key) => {
      if (!(database.find(key) instanceof List)) return undefined
      const moved = moveItem(database, move)
      return moved === undefined ? undefined : bulk(moved)
    },
    // An array, although an item is answered by itself.
    timedOut: () => session.form.nilArray,
  })
  return NO_REPLY
}
