import type { CallStats } from './call-stats.ts'

/** Groups of commands, as COMMAND DOCS answers them; each is a folder. */
export type CommandGroup =
  | 'bitmap'
  | 'cluster'
  | 'connection'
  | 'generic'
  | 'hash'
  | 'hyperloglog'
  | 'list'
  | 'pubsub'
  | 'scripting'
  | 'server'
  | 'set'
  | 'sorted-set'
  | 'stream'
  | 'string'
  | 'transactions'

/** Flags, as COMMAND INFO answers them. */
export type CommandFlag =
  | 'admin'
  | 'allow_busy'
  | 'asking'
  | 'blocking'
  | 'denyoom'
  | 'fast'
  | 'loading'
  | 'movablekeys'
  | 'no_async_loading'
  | 'no_auth'
  | 'no_mandatory_keys'
  | 'no_multi'
  | 'noscript'
  | 'pubsub'
  | 'readonly'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'stale'
  | 'write'

/**
 * Positions of the keys among the arguments: the name is argument 0; a negative last counts from
 * the end.
 */
export type KeyRange = readonly [first: number, last: number, step: number]

/** Facts about a command, besides its handler. */
export interface CommandInfo {
  /** In lower case; of a subcommand without its container: `list`. */
  readonly name: string
  /** Number of arguments with the name; negative: at least as many. */
  readonly arity: number
  /** Names of flags, separated by blanks: `write denyoom fast`. */
  readonly flags: string
  readonly keys?: KeyRange
  /** Returns the keys, for commands whose keys have no fixed place. */
  readonly findKeys?: (args: readonly string[]) => readonly string[]
  readonly group: CommandGroup
  readonly summary: string
  /** The version of Redis that brought it. */
  readonly since: string
  readonly subcommands?: readonly CommandInfo[]
}

/** A command of the table. */
export interface TableCommand extends CommandInfo {
  /** With its container: `client|list`. */
  readonly fullName: string
  readonly flagSet: ReadonlySet<CommandFlag>
  readonly stats: CallStats
  readonly subcommandsByName: ReadonlyMap<string, TableCommand>
}

/** The commands of a server, for those that answer questions about them. */
export interface CommandList {
  /** Commands by their names in lower case, without subcommands. */
  readonly all: ReadonlyMap<string, TableCommand>
  /** Returns a command by its name in any case, with `container|subcommand` a subcommand. */
  find(name: string): TableCommand | undefined
}

/** Returns the keys of a call, those that are repeated included. */
export function keysOf(command: CommandInfo, args: readonly string[]): readonly string[] {
  if (command.findKeys) return command.findKeys(args)
  if (!command.keys) return []
  const [first, last, step] = command.keys
  const end = last < 0 ? args.length + last : last
  const keys: string[] = []
  for (let n = first; n <= end && n < args.length; n += step) keys.push(args[n] as string)
  return keys
}
