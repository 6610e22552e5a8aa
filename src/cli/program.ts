import { checkCommand } from './check/check-command.ts'
import { CliCommand } from './command/cli-command.ts'
import { copyCommand } from './copy/copy-command.ts'
import { warmCommand } from './warm/warm-command.ts'
import { workerCommand } from './worker/worker-command.ts'

/**
 * Returns the command line: all commands with their options. What a command runs is imported when
 * it is run, since each needs packages that others do not.
 */
export function createProgram(): CliCommand {
  const program = new CliCommand('onetrip')
    .summary('fragment caching for server-rendered Node')
    .description(
      'Fragment caching for server-rendered Node: checks templates, and looks after caches and queues.',
    )
    .option('-V, --version', 'show the version')
    .example('onetrip check --help', 'shows what a command does, its options and examples')
  for (const command of [checkCommand(), copyCommand(), workerCommand(), warmCommand()])
    program.addCommand(command)
  return program
}
