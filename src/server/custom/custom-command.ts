import { CommandError } from '../command-error.ts'
import type { CommandDefinition, Handler } from '../commands/command.ts'
import type { CommandInfo } from '../commands/command-info.ts'
import { optionError, refuseOption, refuseUnknown, show } from '../options/read-option.ts'
import { NO_REPLY } from '../protocol/reply.ts'
import type { Session } from '../session.ts'
import { encodeError, encodeResult, errorText } from './encode-result.ts'

/** Results of a custom command: each becomes a reply of the client's protocol. */
export type CustomCommandReply =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | Error
  | readonly CustomCommandReply[]
  | ReadonlySet<CustomCommandReply>
  | ReadonlyMap<CustomCommandReply, CustomCommandReply>
  | { readonly [name: string]: CustomCommandReply }

/** The caller of a custom command. */
export interface CommandContext {
  /** Id of the client, as CLIENT ID answers it. */
  readonly clientId: number
  /** Index of the selected database. */
  readonly database: number
  /** The server's time, in ms since 1970: that of the machine, plus what `advance()` has added. */
  readonly now: number
}

/**
 * Runs a custom command. The client's further commands wait for a promise; those of other clients
 * do not. What it throws is answered as an error.
 *
 * @param args without the name of the command
 */
export type CustomCommandHandler<Argument = string> = (
  args: Argument[],
  context: CommandContext,
) => CustomCommandReply | Promise<CustomCommandReply>

/** Options of `server.command()`. */
export interface CustomCommandOptions {
  /**
   * Arguments as Buffers. Without it they are strings, decoded as UTF-8.
   * @defaultValue false
   */
  readonly buffers?: boolean
}

const UNTIMELY = 'a command that answers by a promise cannot run in a transaction or a script'

/**
 * Makes a command of a handler. It takes any number of arguments. One that stands in the place of a
 * command of Redis keeps its arity, flags and keys.
 *
 * @throws ServerError
 */
export function customCommand(
  name: unknown,
  handler: unknown,
  options: unknown,
  replaced: CommandInfo | undefined,
): CommandDefinition {
  if (typeof name !== 'string' || !/^[a-z][\w.-]*$/i.test(name))
    throw optionError(`command() takes a name of letters, digits, "_", "." and "-", not ${show(name)}.`)
  if (typeof handler !== 'function')
    throw optionError(`command("${name}", handler): the handler is not a function, but ${show(handler)}.`)
  return {
    arity: -1,
    flags: '',
    group: 'generic',
    since: '1.0.0',
    summary: 'A command of your own.',
    ...replaced,
    name: name.toLowerCase(),
    subcommands: [],
    handler: handlerOf(handler as CustomCommandHandler<unknown>, readOptions(options)),
  }
}

function readOptions(options: unknown): CustomCommandOptions {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null)
    refuseOption('options of command()', 'an object', options)
  refuseUnknown('command()', options, ['buffers'])
  const { buffers } = options as CustomCommandOptions
  if (buffers !== undefined && typeof buffers !== 'boolean') refuseOption('buffers', 'true or false', buffers)
  return options
}

function handlerOf(
  handler: CustomCommandHandler<unknown>,
  { buffers = false }: CustomCommandOptions,
): Handler {
  return (session, sent) => {
    const bytes = sent.slice(1).map((arg) => Buffer.from(arg, 'latin1'))
    const { client, database, form, instance } = session
    const context = { clientId: client.id, database: database.index, now: instance.clock.now }
    try {
      const result = handler(buffers ? bytes : bytes.map((arg) => arg.toString('utf8')), context)
      if (result instanceof Error) throw result
      if (!isPromise(result)) return encodeResult(form, result)
      if (session.mayBlock) return answerLater(session, result)
      // What it settles to is not answered, but must not end the process.
      Promise.resolve(result).catch(() => {})
      throw UNTIMELY
    } catch (thrown) {
      throw new CommandError(errorText(thrown))
    }
  }
}

/** Returns true for a promise, also one of another realm or library. */
function isPromise(result: unknown): result is Promise<CustomCommandReply> {
  return typeof (result as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

/** Blocks the client until a promise settles. */
function answerLater({ client, form, instance }: Session, result: Promise<CustomCommandReply>): string {
  let waits = true
  const finish = (reply: string) => {
    if (!waits) return
    waits = false
    client.block = undefined
    client.answer(reply)
    client.link.resume()
  }
  client.block = {
    release: () => {
      waits = false
      client.block = undefined
    },
    timeOut: () => finish(form.nil),
    fail: finish,
  }
  const settle = (reply: string) => instance.receive('a custom command', () => finish(reply))
  Promise.resolve(result)
    .then((value) => encodeResult(form, value))
    .then(settle, (thrown) => settle(encodeError(thrown)))
  return NO_REPLY
}
