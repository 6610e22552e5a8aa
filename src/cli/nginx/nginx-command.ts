import { Option } from 'commander'
import { CliCommand } from '../command/cli-command.ts'
import { count } from '../command/option-readers.ts'
import { type NumbersFlags, withNumbersOptions } from '../numbers/numbers-options.ts'

/** Options of `onetrip nginx`. */
export interface NginxFlags extends NumbersFlags {
  readonly limit: number
  readonly misses?: true
  readonly slowest?: true
  readonly by?: 'minute' | 'hour' | 'day'
  readonly log?: string
}

export function nginxCommand(): CliCommand {
  return withNumbersOptions(new CliCommand('nginx'))
    .summary('shows what the cache of nginx answered, and the time that visitors spent on misses')
    .description(
      `Shows hit ratios of the cache of nginx in front of a site, by status and by route, and the time
that visitors waited for misses. The Lua module in deploy/nginx counts; docs/nginx.md sets it up.
Without it, --log reads a log in the format of deploy/nginx, also while it is rotated.`,
    )
    .option('--limit <number>', 'most routes, or misses', count('limit', 10_000), 20)
    .option('--misses', 'list the newest misses, one a line')
    .option('--slowest', 'list the slowest misses, one a line')
    .addOption(
      new Option('--by <step>', 'show ratios and misses over time').choices(['minute', 'hour', 'day']),
    )
    .option('--log <file>', 'read a JSON log, in place of Redis')
    .example('onetrip nginx --store redis://localhost', 'shows the last hour')
    .example('onetrip nginx --since 24h --limit 5', 'shows the routes that cost most time in a day')
    .example('onetrip nginx --watch', 'shows the last minute, again and again')
    .example('onetrip nginx --slowest --limit 10', 'lists the requests that waited longest')
    .example('onetrip nginx --by minute --since 15m', 'shows how ratio and misses changed')
    .example('onetrip nginx --log /var/log/nginx/onetrip.log', 'reads a log, without Lua and Redis')
    .runs(async (flags: NginxFlags) => {
      const { nginx } = await import('./nginx.ts')
      return nginx(flags, process.stdout, process.stderr)
    })
}
