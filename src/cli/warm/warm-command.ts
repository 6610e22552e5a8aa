import { Option } from 'commander'
import type { VaryValues } from '../../core/definition/define-fragment.ts'
import { readRate } from '../../core/warm/warm-options.ts'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { count, refusing, vary } from '../command/option-readers.ts'
import { FOUND } from '../exit-codes.ts'

/** Options of `onetrip warm`. */
export interface WarmFlags {
  readonly fragment?: string
  /** Path of a file with parameters. */
  readonly params?: string
  readonly hot?: number
  readonly vary?: readonly VaryValues[]
  readonly rate?: number
  readonly concurrency: number
  readonly force?: boolean
  readonly json?: true
}

const MOST = 10_000

const rate = refusing(
  (text) => readRate(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text),
  (text) => `--rate must be a rate such as 50/s or 300/m, not ${text}.`,
)

export function warmCommand(): CliCommand {
  return new CliCommand('warm')
    .summary('renders the defined fragments of a cache ahead of visitors')
    .description(
      `Renders the defined fragments of a cache, and stores them, before visitors ask for them: after
a deploy, or at night. Fragments that have a fresh entry are left alone. Ctrl-C ends it once the
running renders are done; what is done is stored.

  // cache.js
  export const cache = new FragmentCache({ store, engine, fragments: [sidebar] })
  export const params = {
    sidebar: async function* () { for await (const { id } of db.films()) yield { id } },
  }

The module exports the cache, or a function that returns it, as "cache" or by default; and as
"params" an object with an iterable, or a function that returns one, for each fragment.`,
    )
    .argument('<module>', 'a module that exports a cache')
    .option('--fragment <name>', 'one fragment (default: all that params of the module has)')
    .option(
      '--params <file.jsonl>',
      'parameters from a file, a JSON object in each line, in place of those that the module exports; needs --fragment',
    )
    .addOption(
      new Option(
        '--hot <number>',
        'the parameters that visitors ask for most; needs fragments.hot',
      ).argParser(count('hot', MOST)),
    )
    .option(
      '--vary <json>',
      `values that the fragment varies by, such as '{"locale":"de"}'; may be given several times: each parameters are rendered with all of them`,
      (text: string, before: readonly object[] = []) => [...before, vary(text)],
    )
    .option(
      '--rate <rate>',
      'fragments to begin in a second, such as 50/s or 300/m (default: no limit)',
      rate,
    )
    .option('--concurrency <number>', 'fragments to render at a time', count('concurrency', MOST), 4)
    .option('--force', 'render fragments, too, that have a fresh entry')
    .addOption(jsonOption('print the outcome as JSON'))
    .example('onetrip warm ./cache.js', 'renders all fragments that params of the module has')
    .example(
      'onetrip warm ./cache.js --fragment sidebar --hot 500 --rate 50/s',
      'renders what is asked for most, slowly',
    )
    .exits(FOUND, 'fragments failed or were refused by the store, or a signal ended it')
    .runs(async (module: string, flags: WarmFlags) => {
      const { warm } = await import('./warm.ts')
      return warm(module, flags, process.stdout, process.stderr)
    })
}
