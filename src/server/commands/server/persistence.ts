import { CommandError, SYNTAX_ERROR } from '../../command-error.ts'
import type { Instance } from '../../instance.ts'
import { integer, NO_REPLY, OK, simple } from '../../protocol/reply.ts'
import type { GroupedDefinition, Handler } from '../command.ts'

const ADMIN = 'admin noscript no_async_loading'

/** @throws CommandError */
function saveNow(instance: Instance): void {
  if (!instance.snapshots.write)
    throw new CommandError('ERR this server writes no file: start it with the option save')
  try {
    instance.snapshots.save()
  } catch (thrown) {
    throw new CommandError(`ERR ${(thrown as Error).message}`)
  }
}

const save: Handler = ({ instance }) => {
  saveNow(instance)
  return OK
}

const backgroundSave: Handler = ({ instance }, args) => {
  if (args.length > 2 || (args.length === 2 && (args[1] as string).toLowerCase() !== 'schedule'))
    throw SYNTAX_ERROR
  saveNow(instance)
  return simple('Background saving started')
}

/** @throws CommandError if the file cannot be written: the server goes on */
function saveBeforeEnd(instance: Instance, force: boolean): void {
  try {
    saveNow(instance)
    // It is not written again by close().
    instance.snapshots.write = undefined
  } catch (thrown) {
    if (!force) throw thrown
  }
}

const shutDown: Handler = ({ client, instance }, args) => {
  const options = new Set(args.slice(1).map((option) => option.toLowerCase()))
  const known = ['abort', 'force', 'nosave', 'now', 'save']
  if (options.size !== args.length - 1 || [...options].some((option) => !known.includes(option)))
    throw SYNTAX_ERROR
  if ((options.has('save') && options.has('nosave')) || (options.has('abort') && options.size > 1))
    throw SYNTAX_ERROR
  if (options.has('abort')) throw new CommandError('ERR No shutdown in progress.')
  // The keys that would be saved may be those of half a script.
  if (!options.has('nosave')) instance.busyScript.refuse()
  const { snapshots } = instance
  if (options.has('nosave')) snapshots.write = undefined
  if (options.has('save') || snapshots.write) saveBeforeEnd(instance, options.has('force'))
  client.ended = true
  instance.shutDown?.()
  return NO_REPLY
}

export const persistence: readonly GroupedDefinition[] = [
  {
    name: 'save',
    arity: 1,
    flags: `${ADMIN} no_multi`,
    since: '1.0.0',
    summary: 'Writes the file of the option save.',
    handler: save,
  },
  {
    name: 'bgsave',
    arity: -1,
    flags: ADMIN,
    since: '1.0.0',
    summary: 'Writes the file of the option save, before it answers.',
    handler: backgroundSave,
  },
  {
    name: 'lastsave',
    arity: 1,
    flags: 'loading stale fast',
    tips: 'nondeterministic_output',
    categories: 'admin dangerous',
    since: '1.0.0',
    summary: 'Returns when the file was written last, in seconds since 1970.',
    handler: ({ instance }) => integer(Math.floor(instance.snapshots.savedAt / 1_000)),
  },
  {
    name: 'bgrewriteaof',
    arity: 1,
    flags: ADMIN,
    since: '1.0.0',
    summary: 'Answers an error: there is no append-only file.',
    handler: () => {
      throw new CommandError('ERR this server has no append-only file')
    },
  },
  {
    name: 'shutdown',
    arity: -1,
    flags: 'admin noscript loading stale no_multi allow_busy',
    since: '1.0.0',
    summary: 'Ends the server, as close() does.',
    handler: shutDown,
  },
]
