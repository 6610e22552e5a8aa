import { parseArgs } from 'node:util'
import { toTimer } from '../../options/duration.ts'
import { existingModule } from '../import-module.ts'
import { shown, UsageError } from '../usage-error.ts'

export const WORKER_HELP = `onetrip worker <module>

Runs the tasks of the queues that a module exports, in processes of their own:

  // tasks.js
  import { TaskQueue } from 'onetrip/queue'
  export const mail = new TaskQueue('mail', { redis: process.env.REDIS_URL })
  export const sendMail = mail.task('send', async (to) => { ... })

  npx onetrip worker ./tasks.js --processes 4 --concurrency 16

The web application imports the same module and calls sendMail('anna@example.org').

  --processes number        processes to run (default: 1). One that crashes is started again, at once
                            the first time, later after a wait that doubles up to 30 s. Tasks that
                            compute need one process for each core; tasks that wait need few
  --concurrency number      tasks that each process runs at the same time (default: 16)
  --queues a,b              names of queues (default: all that the module exports)
  --shutdown-timeout time   how long running tasks may take to end after SIGTERM or Ctrl-C
                            (default: 25s). What has not ended by then is run again by another
                            worker after its lease. A second Ctrl-C ends the processes at once

The module exports a TaskQueue under any name, several of them, or an array of them. Exits with 0
after SIGTERM or SIGINT, with 1 if tasks had to be left unfinished, and with 2 if it cannot start.
`

/** Most processes and most tasks at a time: more is a mistake. */
const MOST_PROCESSES = 512
const MOST_CONCURRENCY = 10_000

/** The command line of `onetrip worker`, parsed. */
export interface WorkerArguments {
  /** The path of the module, absolute. */
  readonly file: string
  readonly processes: number
  readonly concurrency: number
  /** Names of queues; undefined: all that the module exports. */
  readonly queues: readonly string[] | undefined
  /** In milliseconds. */
  readonly shutdownTimeout: number
}

/** Parses the command line of `onetrip worker`. @throws UsageError */
export function parseWorker(args: readonly string[]): WorkerArguments | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [file, ...more] = positionals
  if (file === undefined)
    throw new UsageError(
      'onetrip worker needs a module that exports queues: onetrip worker ./tasks.js. See onetrip worker --help.',
    )
  if (more.length > 0)
    throw new UsageError(
      `onetrip worker takes one module, not also ${more.map(shown).join(', ')}. A module may export many queues.`,
    )
  return {
    file: existingModule(file, 'your queues'),
    processes: count('processes', values.processes ?? '1', MOST_PROCESSES),
    concurrency: count('concurrency', values.concurrency ?? '16', MOST_CONCURRENCY),
    queues: names(values.queues),
    shutdownTimeout: duration('shutdown-timeout', values['shutdown-timeout'] ?? '25s'),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        processes: { type: 'string' },
        concurrency: { type: 'string' },
        queues: { type: 'string' },
        'shutdown-timeout': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. See onetrip worker --help.`)
  }
}

function count(name: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= most) return value
  throw new UsageError(`--${name} must be a whole number from 1 to ${most}, not ${shown(text)}.`)
}

function names(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const all = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (all.length > 0) return all
  throw new UsageError('--queues must be names of queues, such as mail,images.')
}

function duration(name: string, text: string): number {
  // A number without a unit is refused: seconds are easily meant where milliseconds are read.
  try {
    return toTimer(text, `--${name}`)
  } catch {
    throw new UsageError(`--${name} must be a time such as 25s or 2m, up to 24 days, not ${shown(text)}.`)
  }
}
