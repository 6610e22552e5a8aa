import { CommandError } from '../../command-error.ts'
import type { Script } from '../../scripting/scripts.ts'
import type { Session } from '../../session.ts'
import { integer64Argument } from '../arguments/integer-arguments.ts'
import type { Handler } from '../command.ts'
import { ScriptRun } from './script-run.ts'

export const NO_SCRIPT = new CommandError('NOSCRIPT No matching script. Please use EVAL.')
const TOO_MANY_KEYS = new CommandError("ERR Number of keys can't be greater than number of args")
const NEGATIVE_KEYS = new CommandError("ERR Number of keys can't be negative")
const WRITES = new CommandError('ERR Can not execute a script with write flag using *_ro command.')
const OUT_OF_MEMORY = new CommandError("OOM command not allowed when used memory > 'maxmemory'.")

export const evalText: Handler = (session, args) => runText(session, args, false)

export const evalTextReadOnly: Handler = (session, args) => runText(session, args, true)

export const evalHash: Handler = (session, args) => runHash(session, args, false)

export const evalHashReadOnly: Handler = (session, args) => runHash(session, args, true)

function runText(session: Session, args: readonly string[], readOnly: boolean): string {
  const keys = countKeys(args)
  const { scripts } = session.instance
  const text = args[1] as string
  return run(session, scripts.findText(text) ?? scripts.add(text), args, keys, readOnly)
}

function runHash(session: Session, args: readonly string[], readOnly: boolean): string {
  const hash = args[1] as string
  if (hash.length !== 40) throw NO_SCRIPT
  const keys = countKeys(args)
  const script = session.instance.scripts.find(hash)
  if (!script) throw NO_SCRIPT
  return run(session, script, args, keys, readOnly)
}

function countKeys(args: readonly string[]): number {
  const count = Number(integer64Argument(args[2] as string))
  if (count > args.length - 3) throw TOO_MANY_KEYS
  if (count < 0) throw NEGATIVE_KEYS
  return count
}

function run(
  session: Session,
  script: Script,
  args: readonly string[],
  keys: number,
  readOnly: boolean,
): string {
  const { flags } = script
  const noWrites = flags?.has('no-writes') === true
  const allowOom = flags?.has('allow-oom') === true
  if (flags && !noWrites) {
    if (readOnly) throw WRITES
    if (!allowOom && session.instance.eviction.isFull) throw OUT_OF_MEMORY
  }
  const declared = args.slice(3, 3 + keys)
  const host = new ScriptRun(session, { readOnly: readOnly || noWrites, allowOom }, declared)
  const { scripts } = session.instance
  try {
    return scripts.run(script, host, declared, args.slice(3 + keys), session.form)
  } catch (thrown) {
    if (thrown instanceof CommandError) host.uncount(thrown.message)
    throw thrown
  }
}
