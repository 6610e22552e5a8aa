import type { Session } from '../session.ts'
import type { CommandGroup, CommandInfo } from './command-info.ts'

/**
 * Runs a command.
 *
 * @param args with the name as it was sent; their number fits the arity
 * @returns encoded replies; NO_REPLY if the client is answered later, or not
 * @throws CommandError
 */
export type Handler = (session: Session, args: readonly string[]) => string

/** One line of the table of commands. */
export interface CommandDefinition extends CommandInfo {
  /** Absent where there are subcommands only. */
  readonly handler?: Handler
  readonly subcommands?: readonly CommandDefinition[]
}

/** A definition in its folder, whose group is said once for all. */
export type GroupedDefinition = Omit<CommandDefinition, 'group' | 'subcommands'> & {
  readonly subcommands?: readonly GroupedDefinition[]
}

/**
 * Adds the group to the definitions of a folder.
 *
 * @example
 * export const hashCommands = defineGroup('hash', [
 *   { name: 'hget', arity: 3, flags: 'readonly fast', keys: 'RO access 1', since: '2.0.0',
 *     summary: 'Returns the value of a field.', handler: hget },
 * ])
 */
export function defineGroup(
  group: CommandGroup,
  definitions: readonly GroupedDefinition[],
): readonly CommandDefinition[] {
  return definitions.map(({ subcommands, ...definition }) => ({
    ...definition,
    group,
    ...(subcommands ? { subcommands: defineGroup(group, subcommands) } : {}),
  }))
}
