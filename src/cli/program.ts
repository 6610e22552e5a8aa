import { benchCommand } from './bench/bench-command.ts'
import { checkCommand } from './check/check-command.ts'
import { clearCommand } from './clear/clear-command.ts'
import { CliCommand } from './command/cli-command.ts'
import { completionCommand } from './completion/completion-command.ts'
import { copyCommand } from './copy/copy-command.ts'
import { deleteCommand } from './delete/delete-command.ts'
import { explainCommand } from './explain/explain-command.ts'
import { inspectCommand } from './inspect/inspect-command.ts'
import { invalidateCommand } from './invalidate/invalidate-command.ts'
import { keysCommand } from './keys/keys-command.ts'
import { nginxCommand } from './nginx/nginx-command.ts'
import { queueCommand } from './queue/queue-command.ts'
import { serverCommand } from './server/server-command.ts'
import { statsCommand } from './stats/stats-command.ts'
import { topCommand } from './top/top-command.ts'
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
      `Fragment caching for server-rendered Node: checks templates, and shows and changes what caches and queues hold.`,
    )
    .option('-V, --version', 'show the version')
    .example('onetrip check views/', 'finds mistakes in templates')
    .example('onetrip keys --help', 'shows what a command does, its options, and examples')
  const commands = [
    checkCommand(),
    statsCommand(),
    topCommand(),
    explainCommand(),
    benchCommand(),
    nginxCommand(),
    inspectCommand(),
    keysCommand(),
    invalidateCommand(),
    deleteCommand(),
    clearCommand(),
    warmCommand(),
    copyCommand(),
    workerCommand(),
    queueCommand(),
    serverCommand(),
    completionCommand(),
  ]
  for (const command of commands) program.addCommand(command)
  return program
}
