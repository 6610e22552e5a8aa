import { Option } from 'commander'
import { CliCommand } from '../command/cli-command.ts'
import { count } from '../command/option-readers.ts'
import { type NumbersFlags, withNumbersOptions } from '../numbers/numbers-options.ts'

const ORDERS = ['lost', 'saved', 'misses', 'hits', 'bytes'] as const
const SUBJECTS = ['fragments', 'routes', 'templates'] as const

/** Options of `onetrip top`. */
export interface TopFlags extends NumbersFlags {
  readonly by: (typeof ORDERS)[number]
  readonly of: (typeof SUBJECTS)[number]
  readonly limit: number
}

export function topCommand(): CliCommand {
  return withNumbersOptions(new CliCommand('top'))
    .summary('lists the fragments that save or lose most time')
    .description(
      `Lists fragments, routes or templates by the time that their misses lost, or by another number:
where a longer life, a narrower tag, or one more fragment would help most. SAVED is the measured
cost of a render times the hits; LOST is the time that misses took to load and to render.`,
    )
    .addOption(
      new Option('--by <number>', 'the number that is largest in the first line')
        .choices(ORDERS)
        .default('lost'),
    )
    .addOption(
      new Option('--of <things>', 'the things that are listed').choices(SUBJECTS).default('fragments'),
    )
    .option('--limit <number>', 'most lines', count('limit', 500), 20)
    .example('onetrip top --store redis://localhost', 'lists what loses most time to misses')
    .example('onetrip top --by saved --since 24h', 'lists what caching is best at')
    .example('onetrip top --of routes --watch', 'shows routes of the last minute, every two seconds')
    .runs(async (flags: TopFlags) => {
      const { top } = await import('./top.ts')
      return top(flags, process.stdout, process.stderr)
    })
}
