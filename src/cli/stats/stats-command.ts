import { CliCommand } from '../command/cli-command.ts'
import { type NumbersFlags, withNumbersOptions } from '../numbers/numbers-options.ts'

export function statsCommand(): CliCommand {
  return withNumbersOptions(new CliCommand('stats'))
    .summary('shows hit ratio, time saved and lost, and how the store does, over all processes')
    .description(
      `Shows what the pages of a site did: hits and misses by reason, the time that hits saved and
misses lost, round trips and their times, errors. The numbers are of all processes that count in the
same Redis: give the plugin or the middleware the option metrics: { redis: process.env.REDIS_URL }.`,
    )
    .example('onetrip stats --store redis://localhost', 'shows the last hour')
    .example('onetrip stats --watch', 'shows the last minute, every two seconds')
    .example('onetrip stats --since 24h --json', 'prints all numbers of a day, for other programs')
    .runs(async (flags: NumbersFlags) => {
      const { stats } = await import('./stats.ts')
      return stats(flags, process.stdout, process.stderr)
    })
}
