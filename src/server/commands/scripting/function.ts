import { CommandError } from '../../command-error.ts'
import { globMatcher } from '../../data/glob.ts'
import { arrayHeader, bulk, bulkArray, integer, OK } from '../../protocol/reply.ts'
import type { ReplyForm } from '../../protocol/reply-form.ts'
import { dumpLibraries, isDump, loadLibraries } from '../../rdb/dump-payload.ts'
import { RdbError } from '../../rdb/rdb-error.ts'
import type { LongScript } from '../../scripting/busy-script.ts'
import type { Library, LibraryFunction, RestorePolicy } from '../../scripting/libraries.ts'
import { ENGINE } from '../../scripting/library-code.ts'
import { SCRIPT_FLAGS } from '../../scripting/script-flags.ts'
import type { GroupedDefinition, Handler } from '../command.ts'
import { helpSubcommand } from '../help-reply.ts'

const WRONG_PAYLOAD = new CommandError('ERR DUMP payload version or checksum are wrong')
const NO_LIBRARIES = new CommandError('ERR given type is not a function')
const POLICIES: ReadonlySet<string> = new Set<RestorePolicy>(['append', 'replace', 'flush'])

const load: Handler = ({ instance }, args) => {
  for (const option of args.slice(2, -1))
    if (option.toLowerCase() !== 'replace') throw new CommandError(`ERR Unknown option given: ${option}`)
  const name = instance.libraries.load(args.at(-1) as string, args.length > 3)
  instance.stats.dirty++
  return bulk(name)
}

const remove: Handler = ({ instance }, args) => {
  if (!instance.libraries.delete(args[2] as string)) throw new CommandError('ERR Library not found')
  instance.stats.dirty++
  return OK
}

const flush: Handler = ({ instance }, args) => {
  const mode = args[2]?.toLowerCase()
  if (args.length > 3) throw syntaxError(args)
  if (mode !== undefined && mode !== 'sync' && mode !== 'async')
    throw new CommandError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option')
  instance.libraries.flush()
  instance.stats.dirty++
  return OK
}

const list: Handler = ({ form, instance }, args) => {
  let withCode = false
  let pattern: string | undefined
  for (let n = 2; n < args.length; n++) {
    const option = args[n]?.toLowerCase()
    if (option === 'withcode' && !withCode) withCode = true
    else if (option === 'libraryname' && pattern === undefined) {
      pattern = args[++n]
      if (pattern === undefined) throw new CommandError('ERR library name argument was not given')
    } else throw new CommandError(`ERR Unknown argument ${args[n]}`)
  }
  const matches = pattern === undefined ? () => true : globMatcher(pattern, true)
  const found = instance.libraries.all.filter(({ name }) => matches(name))
  let reply = arrayHeader(found.length)
  for (const library of found) reply += describeLibrary(form, library, withCode)
  return reply
}

function describeLibrary(form: ReplyForm, { name, functions, text }: Library, withCode: boolean): string {
  let reply = form.mapHeader(withCode ? 4 : 3)
  reply += bulk('library_name') + bulk(name) + bulk('engine') + bulk(ENGINE)
  reply += bulk('functions') + arrayHeader(functions.length)
  for (const one of functions) reply += describeFunction(form, one)
  return withCode ? reply + bulk('library_code') + bulk(text) : reply
}

function describeFunction(form: ReplyForm, { name, description, flags }: LibraryFunction): string {
  let reply = form.mapHeader(3) + bulk('name') + bulk(name)
  reply += bulk('description') + (description === undefined ? form.nil : bulk(description))
  reply += bulk('flags') + form.setHeader(flags.size)
  for (const flag of SCRIPT_FLAGS) if (flags.has(flag)) reply += `+${flag}\r\n`
  return reply
}

function describeRunning(form: ReplyForm, { name, args, since }: LongScript, now: number): string {
  const fields = bulk('name') + bulk(name) + bulk('command') + bulkArray(args)
  return form.mapHeader(3) + fields + bulk('duration_ms') + integer(now - since)
}

const kill: Handler = ({ instance }) => instance.busyScript.kill('function')

const stats: Handler = ({ form, instance }) => {
  const { all, functionCount } = instance.libraries
  const running = instance.busyScript.current
  if (running?.kind === 'script') instance.busyScript.refuse()
  return (
    form.mapHeader(2) +
    (bulk('running_script') + (running ? describeRunning(form, running, instance.clock.now) : form.nil)) +
    (bulk('engines') + form.mapHeader(1) + bulk(ENGINE) + form.mapHeader(2)) +
    (bulk('libraries_count') + integer(all.length)) +
    (bulk('functions_count') + integer(functionCount))
  )
}

const dump: Handler = ({ instance }) => bulk(dumpLibraries(instance.libraries.all.map(({ text }) => text)))

const restore: Handler = ({ instance }, args) => {
  if (args.length > 4) throw syntaxError(args)
  const policy = args[3]?.toLowerCase() ?? 'append'
  if (!POLICIES.has(policy))
    throw new CommandError('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.')
  instance.libraries.restore(read(args[2] as string), policy as RestorePolicy)
  instance.stats.dirty++
  return OK
}

function read(payload: string): readonly string[] {
  if (!isDump(payload)) throw WRONG_PAYLOAD
  try {
    return loadLibraries(payload)
  } catch (thrown) {
    if (thrown instanceof RdbError) throw NO_LIBRARIES
    throw thrown
  }
}

function syntaxError(args: readonly string[]): CommandError {
  return new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${args[1]}'. Try FUNCTION HELP.`,
  )
}

const EVERY_SHARD = 'request_policy:all_shards response_policy:all_succeeded'

export const functionCommand: GroupedDefinition = {
  name: 'function',
  arity: -2,
  flags: '',
  since: '7.0.0',
  summary: 'Manages libraries of functions.',
  subcommands: [
    subcommand('delete', 3, 'write noscript', 'Removes a library.', remove, EVERY_SHARD),
    subcommand('dump', 2, 'noscript', 'Returns all libraries, for RESTORE.', dump),
    subcommand('flush', -2, 'write noscript', 'Removes all libraries.', flush, EVERY_SHARD),
    subcommand(
      'kill',
      2,
      'noscript allow_busy',
      'Ends a function that keeps the server busy.',
      kill,
      'request_policy:all_shards response_policy:one_succeeded',
    ),
    subcommand(
      'list',
      -2,
      'noscript',
      'Returns the libraries and their functions.',
      list,
      'nondeterministic_output_order',
    ),
    subcommand('load', -3, 'write denyoom noscript', 'Adds a library. Returns its name.', load, EVERY_SHARD),
    subcommand(
      'restore',
      -3,
      'write denyoom noscript',
      'Adds the libraries of a dump.',
      restore,
      EVERY_SHARD,
    ),
    subcommand(
      'stats',
      2,
      'noscript allow_busy',
      'Returns numbers of libraries and functions.',
      stats,
      'nondeterministic_output request_policy:all_shards response_policy:special',
    ),
    helpSubcommand('function', '7.0.0', [
      'LOAD [REPLACE] <FUNCTION CODE>',
      '    Create a new library with the given library name and code.',
      'DELETE <LIBRARY NAME>',
      '    Delete the given library.',
      'LIST [LIBRARYNAME PATTERN] [WITHCODE]',
      '    Return general information on all the libraries:',
      '    * Library name',
      '    * The engine used to run the Library',
      '    * Library description',
      '    * Functions list',
      '    * Library code (if WITHCODE is given)',
      '    It also possible to get only function that matches a pattern using LIBRARYNAME argument.',
      'STATS',
      '    Return information about the current function running:',
      '    * Function name',
      '    * Command used to run the function',
      '    * Duration in MS that the function is running',
      '    If no function is running, return nil',
      '    In addition, returns a list of available engines.',
      'KILL',
      '    Kill the current running function.',
      'FLUSH [ASYNC|SYNC]',
      '    Delete all the libraries.',
      '    When called without the optional mode argument, the behavior is determined by the',
      '    lazyfree-lazy-user-flush configuration directive. Valid modes are:',
      '    * ASYNC: Asynchronously flush the libraries.',
      '    * SYNC: Synchronously flush the libraries.',
      'DUMP',
      '    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command',
      'RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]',
      '    Restore the libraries represented by the given payload, it is possible to give a restore policy to',
      '    control how to handle existing libraries (default APPEND):',
      '    * FLUSH: delete all existing libraries.',
      '    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.',
      '    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old',
      '      libraries with the new libraries (notice that even on this option there is a chance of failure',
      '      in case of functions name collision with another library).',
    ]),
  ],
}

function subcommand(
  name: string,
  arity: number,
  flags: string,
  summary: string,
  handler: Handler,
  tips?: string,
): GroupedDefinition {
  return { name, arity, flags, since: '7.0.0', summary, handler, ...(tips ? { tips } : {}) }
}
