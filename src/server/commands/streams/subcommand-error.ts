import { CommandError } from '../../command-error.ts'

/** The answer to arguments that a subcommand does not take. */
export function wrongSubcommand(command: string, args: readonly string[]): CommandError {
  const name = (args[1] as string).slice(0, 128)
  return new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${command} HELP.`,
  )
}
