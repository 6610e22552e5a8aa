import { Option } from 'commander'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { collected } from '../command/option-readers.ts'
import { shown, UsageError } from '../command/usage-error.ts'
import { FOUND } from '../exit-codes.ts'

/** Options of `onetrip server`. */
export interface ServerFlags {
  readonly port: number
  readonly host: string
  readonly password?: string
  readonly maxMemory?: string
  readonly save?: string
  readonly config?: readonly string[]
  readonly verbose?: true
  readonly json?: true
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value <= 65_535) return value
  throw new UsageError(
    `--port must be a whole number from 0 to 65535 (0 takes a free port), not ${shown(text)}.`,
  )
}

export function serverCommand(): CliCommand {
  return new CliCommand('server')
    .summary('runs a small Redis-compatible server, for development and tests')
    .description(
      `Runs a small Redis-compatible server on this machine, for development and tests. It needs no
installation of Redis. Production is Redis, Valkey or a cluster.

Keys are kept in memory; with --save they are written to a file at the end, and read from it at the
next start. Clients of other machines are refused, unless there is a password and --host lets them
in. Ctrl-C or SIGTERM ends the server. docs/server.md has the commands that it knows.`,
    )
    .option('--port <number>', 'port to listen on; 0 takes a free one', port, 6379)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--password <text>', 'password that clients must send').env('ONETRIP_SERVER_PASSWORD'),
    )
    .option('--max-memory <size>', 'memory of all keys, such as 64MB (default: no limit)')
    .option('--save <file>', 'file that the keys are read from and written to')
    .option('--config <name=value>', 'a parameter of CONFIG SET; may be given several times', collected)
    .option('--verbose', 'print connections and commands to stderr')
    .addOption(jsonOption('print the URL, the host and the port as JSON, on one line'))
    .example('onetrip server', 'listens on the port of Redis')
    .example('onetrip server --port 7000 --save keys.rdb', 'keeps the keys until the next start')
    .example(
      'onetrip server --max-memory 64MB --config maxmemory-policy=allkeys-lru',
      'evicts keys that were not used for long',
    )
    .exits(FOUND, 'the file of --save could not be written')
    .runs(async (flags: ServerFlags) => {
      const { server } = await import('./server.ts')
      return server(flags, process.stdout, process.stderr)
    })
}
