import { CommandError } from '../../command-error.ts'
import type { Script } from '../../scripting/scripts.ts'
import type { Session } from '../../session.ts'
import { indexArgument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { checkKeys, run } from './run.ts'

export const NO_SCRIPT = new CommandError('NOSCRIPT No matching script. Please use EVAL.')

export const evalText: Handler = (session, args) => runText(session, args, false)

export const evalTextReadOnly: Handler = (session, args) => runText(session, args, true)

export const evalHash: Handler = (session, args) => runHash(session, args, false)

export const evalHashReadOnly: Handler = (session, args) => runHash(session, args, true)

function runText(session: Session, args: readonly string[], readOnly: boolean): string {
  const keys = countKeys(args)
  const { scripts } = session.instance
  const text = args[1] as string
  return runScript(session, scripts.findText(text) ?? scripts.add(text), args, keys, readOnly)
}

function runHash(session: Session, args: readonly string[], readOnly: boolean): string {
  const hash = args[1] as string
  if (hash.length !== 40) throw NO_SCRIPT
  const keys = countKeys(args)
  const script = session.instance.scripts.find(hash)
  if (!script) throw NO_SCRIPT
  return runScript(session, script, args, keys, readOnly)
}

function countKeys(args: readonly string[]): number {
  const count = indexArgument(args[2] as string)
  checkKeys(count, args)
  return count
}

function runScript(
  session: Session,
  script: Script,
  args: readonly string[],
  keyCount: number,
  readOnly: boolean,
): string {
  return run(session, script.flags, args, keyCount, readOnly, (host, keys, rest) =>
    session.instance.scripts.run(script, host, keys, rest, session.form),
  )
}
