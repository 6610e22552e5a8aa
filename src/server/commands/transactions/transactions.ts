import { CommandError } from '../../command-error.ts'
import { arrayHeader, OK } from '../../protocol/reply.ts'
import { TransactionSession } from '../../transactions/transaction-session.ts'
import type { Handler } from '../command.ts'

const NESTED = new CommandError('ERR MULTI calls can not be nested')
const EXEC_WITHOUT_MULTI = new CommandError('ERR EXEC without MULTI')
const DISCARD_WITHOUT_MULTI = new CommandError('ERR DISCARD without MULTI')
const REFUSED = new CommandError('EXECABORT Transaction discarded because of previous errors.')

export const multi: Handler = ({ client, instance }) => {
  if (client.inTransaction) throw NESTED
  instance.transactions.begin(client)
  return OK
}

export const exec: Handler = (session) => {
  const { client, executor, form, instance } = session
  const { transactions, watched } = instance
  const transaction = transactions.of(client)
  if (!transaction) throw EXEC_WITHOUT_MULTI
  watched.expire(client)
  const isChanged = watched.isChanged(client)
  transactions.end(client)
  if (transaction.failed) throw REFUSED
  if (isChanged) return form.nilArray
  const inner = new TransactionSession(session)
  let out = arrayHeader(transaction.requests.length)
  for (const args of transaction.requests) out += executor.run(inner, args)
  return out
}

export const discard: Handler = ({ client, instance }) => {
  if (!client.inTransaction) throw DISCARD_WITHOUT_MULTI
  instance.transactions.end(client)
  return OK
}
