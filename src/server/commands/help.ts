import { array, simple } from '../protocol/reply.ts'
import type { GroupedDefinition } from './command.ts'

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
  const all = [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    Prints this help.',
  ]
  const reply = array(all.map(simple))
  return {
    name: 'help',
    arity: 2,
    flags: 'loading stale',
    since,
    summary: 'Lists the subcommands.',
    handler: () => reply,
  }
}
