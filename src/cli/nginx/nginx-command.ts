import { CliCommand } from '../command/cli-command.ts'
import { count } from '../command/option-readers.ts'
import { type NumbersFlags, withNumbersOptions } from '../numbers/numbers-options.ts'

/** Options of `onetrip nginx`. */
export interface NginxFlags extends NumbersFlags {
  readonly limit: number
  readonly misses?: true
}

export function nginxCommand(): CliCommand {
  return withNumbersOptions(new CliCommand('nginx'))
    .summary('shows what the cache of nginx answered, and the time that visitors spent on misses')
    .description(
      `Shows hit ratios of the cache of nginx in front of a site, by status and by route, and the time
that visitors waited for misses. The Lua module in deploy/nginx counts; docs/nginx.md sets it up.`,
    )
    .option('--limit <number>', 'most routes, or misses', count('limit', 10_000), 20)
    .option('--misses', 'list the newest misses, one a line')
    .example('onetrip nginx --store redis://localhost', 'shows the last hour')
    .example('onetrip nginx --since 24h --limit 5', 'shows the routes that cost most time in a day')
    .example('onetrip nginx --misses', 'lists requests that waited for the application')
    .runs(async (flags: NginxFlags) => {
      const { nginx } = await import('./nginx.ts')
      return nginx(flags, process.stdout, process.stderr)
    })
}
