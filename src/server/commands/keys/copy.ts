import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import { ONE, ZERO } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import { databaseAt, intArgument } from '../arguments/database-argument.ts'
import type { Handler } from '../command.ts'

const SAME_OBJECT = new CommandError('ERR source and destination objects are the same')

export const copy: Handler = (session, args) => {
  const { database } = session
  const key = args[1] as string
  const newKey = args[2] as string
  const { target, replace } = readOptions(session, args)
  if (target === database && key === newKey) throw SAME_OBJECT
  database.read(key)
  const entry = database.peek(key)
  if (entry === undefined) return ZERO
  if (target.find(newKey) !== undefined && !replace) return ZERO
  const { value, edited, expiresAt } = entry
  target.delete(newKey)
  if (typeof value !== 'string') target.set(newKey, value.copy())
  else if (edited) target.edit(newKey, value)
  else target.set(newKey, value)
  if (expiresAt !== Number.POSITIVE_INFINITY) target.setExpiry(newKey, expiresAt)
  target.changed(newKey, 'g', 'copy_to')
  return ONE
}

function readOptions(session: Session, args: readonly string[]): { target: Database; replace: boolean } {
  let target = session.database
  let replace = false
  for (let n = 3; n < args.length; n++) {
    const name = (args[n] as string).toLowerCase()
    const value = args[n + 1]
    if (name === 'replace') replace = true
    else if (name === 'db' && value !== undefined) {
      target = databaseAt(session, intArgument(value))
      n++
    } else throw SYNTAX_ERROR
  }
  return { target, replace }
}

/** Moves a key to another database, if it does not exist there. */
export const move: Handler = (session, args) => {
  const { database } = session
  const key = args[1] as string
  const target = databaseAt(session, intArgument(args[2] as string))
  if (target === database) throw SAME_OBJECT
  if (database.find(key) === undefined || target.find(key) !== undefined) return ZERO
  database.move(key, target, key)
  database.changed(key, 'g', 'move_from')
  target.changed(key, 'g', 'move_to')
  return ONE
}
