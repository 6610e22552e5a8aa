import type { CallStats } from './call-stats.ts'
import { type KeySpec, type KeySpecText, type KeyUse, keysBySpecs } from './key-specs.ts'

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

/** Facts about a command, besides its handler. */
export interface CommandInfo {
  /** In lower case; of a subcommand without its container: `list`. */
  readonly name: string
  /** Number of arguments with the name; negative: at least as many. */
  readonly arity: number
  /** Names of flags, separated by blanks: `write denyoom fast`. */
  readonly flags: string
  readonly keys?: KeySpecText | readonly KeySpecText[]
  /** Returns the keys, where specifications do not tell them, or not how they are used. */
  readonly findKeys?: (args: readonly string[]) => readonly KeyUse[]
  /** Names of ACL categories, separated by blanks, where they are not that of the group. */
  readonly categories?: string
  /** Hints for clients of a cluster, separated by blanks, as COMMAND INFO answers them. */
  readonly tips?: string
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
  readonly keySpecs: readonly KeySpec[]
  /** True if it has only subcommands. */
  readonly isContainer: boolean
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

/** Returns the keys of a call, those that are repeated included, and how each is used. */
export function keyUses(command: TableCommand, args: readonly string[]): readonly KeyUse[] {
  if (command.findKeys) return command.findKeys(args)
  return keysBySpecs(command.keySpecs, args) ?? []
}

/** Returns the keys of a call, those that are repeated included. */
export function keysOf(command: TableCommand, args: readonly string[]): readonly string[] {
  return keyUses(command, args).map(({ key }) => key)
}
