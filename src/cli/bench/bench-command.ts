import { Option } from 'commander'
import { toMilliseconds } from '../../options/duration.ts'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { collected, count, refusing } from '../command/option-readers.ts'
import { FOUND, UNREACHABLE } from '../exit-codes.ts'

/** Options of `onetrip bench`. */
export interface BenchFlags {
  readonly without?: string
  readonly withoutHeader?: string
  readonly header?: readonly string[]
  readonly connections: number
  /** Of a round, in milliseconds. */
  readonly duration: number
  readonly rounds: number
  readonly yes?: true
  readonly json?: true
}

const MOST_CONNECTIONS = 1_000
const MOST_ROUNDS = 100
const DURATION_MS = 5_000

const duration = refusing(
  (text) => {
    const ms = /\D/.test(text) ? toMilliseconds(text, '--duration') : 0
    if (ms >= 1_000 && ms <= 600_000) return ms
    throw new Error('not in these limits')
  },
  (text) => `--duration must be a time from 1s to 10m, not ${text}.`,
)

export function benchCommand(): CliCommand {
  return new CliCommand('bench')
    .summary('measures a page of your own site with the cache and without it')
    .description(
      `Loads a page of a running site in rounds, with the cache and without it in turn, and prints
the ratio. The site has to render the page without the cache when it is asked to: by the option
bypass of the plugin or the middleware, and a header that only you know of; or at another address,
such as a second process whose engine has the option cache: false.

  bypass: (request) => request.headers['x-without-cache'] === process.env.BENCH_SECRET && 'both'

It needs the package autocannon. Load and site share the machine, so compare the two numbers with
each other, and not with those of other machines. A host other than this machine needs --yes: load
is an attack on a site that is not yours.`,
    )
    .argument('<url>', 'the address of a page')
    .addOption(
      new Option('--without-header <line>', 'a header by which the site renders without the cache').conflicts(
        'without',
      ),
    )
    .option('--without <url>', 'an address at which the same page is rendered without the cache')
    .option('-H, --header <line>', 'a header of all requests; may be given several times', collected)
    .option('--connections <number>', 'requests at the same time', count('connections', MOST_CONNECTIONS), 10)
    .addOption(
      new Option('--duration <time>', 'the length of one round')
        .argParser(duration)
        .default(DURATION_MS, '5s'),
    )
    .option(
      '--rounds <number>',
      'rounds with the cache, and as many without',
      count('rounds', MOST_ROUNDS),
      3,
    )
    .option('-y, --yes', 'load a host other than this machine')
    .addOption(jsonOption())
    .example(
      "onetrip bench http://localhost:3000/ --without-header 'X-Without-Cache: s3cret'",
      'compares by a header',
    )
    .example(
      'onetrip bench http://localhost:3000/ --without http://localhost:3001/',
      'compares two processes',
    )
    .exits(FOUND, 'requests failed, or were answered with a status other than 2xx')
    .exits(UNREACHABLE, 'the site does not answer')
    .runs(async (url: string, flags: BenchFlags) => {
      const { bench } = await import('./bench.ts')
      return bench(url, flags, process.stdout, process.stderr)
    })
}
