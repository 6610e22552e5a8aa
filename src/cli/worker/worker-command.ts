import { Option } from 'commander'
import { toTimer } from '../../options/duration.ts'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { count, list, refusing } from '../command/option-readers.ts'
import { UsageError } from '../command/usage-error.ts'
import { FOUND } from '../exit-codes.ts'

/** Options of `onetrip worker`. */
export interface WorkerFlags {
  readonly processes: number
  readonly concurrency: number
  /** Names of queues; undefined: all that the module exports. */
  readonly queues?: readonly string[]
  /** In milliseconds. */
  readonly shutdownTimeout: number
  readonly json?: true
}

/** Most processes and most tasks at a time: more is a mistake. */
const MOST_PROCESSES = 512
const MOST_CONCURRENCY = 10_000
const SHUTDOWN_TIMEOUT = 25_000

// A number without a unit is refused: seconds are easily meant where milliseconds are read.
const shutdownTimeout = refusing(
  (text) => toTimer(text, '--shutdown-timeout'),
  (text) => `--shutdown-timeout must be a time such as 25s or 2m, up to 24 days, not ${text}.`,
)

function queues(text: string): readonly string[] {
  const all = list(text).filter((name) => name !== '')
  if (all.length > 0) return all
  throw new UsageError('--queues must be names of queues, such as mail,images.')
}

export function workerCommand(): CliCommand {
  return new CliCommand('worker')
    .summary('runs the tasks of the queues that a module exports')
    .description(
      `Runs the tasks of the queues that a module exports, in processes of their own. The web
application imports the same module and calls sendMail('anna@example.org').

  // tasks.js
  import { TaskQueue } from 'onetrip/queue'
  export const mail = new TaskQueue('mail', { redis: process.env.REDIS_URL })
  export const sendMail = mail.task('send', async (to) => { ... })

The module exports a TaskQueue under any name, several of them, or an array of them. A process that
crashes is started again, at once the first time, later after a wait that doubles up to 30 s. After
SIGTERM or Ctrl-C running tasks may end; a second Ctrl-C ends the processes at once. What has not
ended by then is run again by another worker after its lease.`,
    )
    .argument('<module>', 'a module that exports queues')
    .option(
      '--processes <number>',
      'processes to run; tasks that compute need one for each core, tasks that wait need few',
      count('processes', MOST_PROCESSES),
      1,
    )
    .option(
      '--concurrency <number>',
      'tasks that each process runs at the same time',
      count('concurrency', MOST_CONCURRENCY),
      16,
    )
    .option('--queues <a,b>', 'names of queues (default: all that the module exports)', queues)
    .addOption(
      new Option('--shutdown-timeout <time>', 'how long running tasks may take to end')
        .argParser(shutdownTimeout)
        .default(SHUTDOWN_TIMEOUT, '25s'),
    )
    .addOption(jsonOption('print the log as JSON, one object a line'))
    .example('onetrip worker ./tasks.js', 'runs all tasks in one process')
    .example('onetrip worker ./tasks.js --processes 4 --queues mail', 'runs those of one queue in four')
    .exits(FOUND, 'tasks had to be left unfinished')
    .runs(async (module: string, flags: WorkerFlags) => {
      const { worker } = await import('./worker.ts')
      return worker(module, flags, process.stderr)
    })
}
