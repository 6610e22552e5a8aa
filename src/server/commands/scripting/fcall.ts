import { CommandError } from '../../command-error.ts'
import { readInteger64 } from '../../data/numbers.ts'
import type { Session } from '../../session.ts'
import type { Handler } from '../command.ts'
import { checkKeys, run } from './run.ts'

const NOT_FOUND = new CommandError('ERR Function not found')
const BAD_COUNT = new CommandError('ERR Bad number of keys provided')

export const fcall: Handler = (session, args) => call(session, args, false)

export const fcallReadOnly: Handler = (session, args) => call(session, args, true)

function call(session: Session, args: readonly string[], readOnly: boolean): string {
  const { libraries } = session.instance
  const found = libraries.find(args[1] as string)
  if (!found) throw NOT_FOUND
  const count = readInteger64(args[2] as string)
  if (count === undefined) throw BAD_COUNT
  checkKeys(Number(count), args)
  return run(session, found.flags, args, Number(count), readOnly, (host, keys, rest) =>
    libraries.call(found, host, keys, rest, session.form),
  )
}
