import { NO_SUCH_KEY } from '../../command-error.ts'
import { OK, ONE, ZERO } from '../../protocol/reply.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'

export const rename: Handler = (session, args) => {
  const [, key = '', newKey = ''] = args
  checkExists(session, key)
  if (key !== newKey) renameKey(session, key, newKey)
  return OK
}

export const renamenx: Handler = (session, args) => {
  const [, key = '', newKey = ''] = args
  checkExists(session, key)
  if (key === newKey || session.database.find(newKey) !== undefined) return ZERO
  renameKey(session, key, newKey)
  return ONE
}

function checkExists({ database }: Session, key: string): void {
  if (database.find(key) === undefined) throw NO_SUCH_KEY
}

function renameKey({ database }: Session, key: string, newKey: string): void {
  database.move(key, database, newKey)
  database.changed(key, 'g', 'rename_from')
  database.changed(newKey, 'g', 'rename_to')
}
