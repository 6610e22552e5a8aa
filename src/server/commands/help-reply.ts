import { CommandError } from '../command-error.ts'
import type { GroupedDefinition } from './command.ts'

/**
 * Encodes the reply of a subcommand HELP.
 *
 * @param lines of the subcommands, without HELP itself
 */
export function helpReply(container: string, lines: readonly string[]): string {
  const all = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    Prints this help.',
  ]
  return `*${all.length}\r\n${all.map((line) => `+${line}\r\n`).join('')}`
}

/**
 * Returns the subcommand HELP of a container.
 *
 * @param lines each subcommand with its arguments, and below it, indented, what it does
 */
export function helpSubcommand(
  container: string,
  since: string,
  lines: readonly string[],
): GroupedDefinition {
  const reply = helpReply(container.toUpperCase(), lines)
  return {
    name: 'help',
    arity: 2,
    flags: 'loading stale',
    since,
    summary: 'Lists the subcommands.',
    handler: () => reply,
  }
}

/** Makes the error of a subcommand that was sent too many arguments. */
export function subcommandError(container: string, subcommand: string): CommandError {
  const sent = subcommand.slice(0, 128)
  return new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${sent}'. Try ${container} HELP.`,
  )
}
