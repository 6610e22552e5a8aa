import { CommandError, NO_MEMORY } from '../../command-error.ts'
import { NO_REPLY } from '../../protocol/reply.ts'
import { ScriptTimeout } from '../../scripting/scripts.ts'
import type { Session } from '../../session.ts'
import { ScriptRun } from './script-run.ts'

const TOO_MANY_KEYS = new CommandError("ERR Number of keys can't be greater than number of args")
const NEGATIVE_KEYS = new CommandError("ERR Number of keys can't be negative")
const WRITES = new CommandError('ERR Can not execute a script with write flag using *_ro command.')

/** Refuses a number of keys that the arguments after it cannot be. @throws CommandError */
export function checkKeys(count: number, args: readonly string[]): void {
  if (count > args.length - 3) throw TOO_MANY_KEYS
  if (count < 0) throw NEGATIVE_KEYS
}

/**
 * Runs a script, or a function of a library, with the rights that it has.
 *
 * @param flags what it says of itself; undefined if the command decides what it may do
 * @param args of the request: the keys are from the fourth on
 * @throws CommandError
 */
export function run(
  session: Session,
  flags: ReadonlySet<string> | undefined,
  args: readonly string[],
  keyCount: number,
  readOnly: boolean,
  work: (host: ScriptRun, keys: readonly string[], args: readonly string[]) => string,
): string {
  const noWrites = flags?.has('no-writes') === true
  const allowOom = flags?.has('allow-oom') === true
  if (flags && !noWrites) {
    if (!allowOom && session.instance.eviction.isFull) throw NO_MEMORY
    if (readOnly) throw WRITES
  }
  const keys = args.slice(3, 3 + keyCount)
  const host = new ScriptRun(session, { readOnly: readOnly || noWrites, allowOom }, keys)
  try {
    return work(host, keys, args.slice(3 + keyCount))
  } catch (thrown) {
    // A transaction cannot be stopped between two of its commands.
    if (thrown instanceof ScriptTimeout && session.mayBlock) return keepBusy(session, args, host, thrown)
    if (thrown instanceof CommandError) host.uncount(thrown.message)
    throw thrown
  }
}

function keepBusy(
  { client, instance }: Session,
  args: readonly string[],
  { hasWritten }: ScriptRun,
  timeout: ScriptTimeout,
): string {
  const kind = client.lastCommand.startsWith('fcall') ? 'function' : 'script'
  const { killed, script: name } = timeout
  instance.busyScript.begin({ kind, name, client, args, hasWritten, killed, tooLong: timeout })
  return NO_REPLY
}
