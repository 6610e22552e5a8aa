import { Option } from 'commander'
import type { VaryValues } from '../../core/definition/define-fragment.ts'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { vary } from '../command/option-readers.ts'
import { FOUND } from '../exit-codes.ts'
import { type CacheFlags, withCacheOptions } from '../store/cache-options.ts'

/** Options of `onetrip inspect`. */
export interface InspectFlags extends CacheFlags {
  readonly vary?: VaryValues
  readonly html?: true
  readonly json?: true
}

export function inspectCommand(): CliCommand {
  return withCacheOptions(new CliCommand('inspect'))
    .summary('shows one entry, and why a page would show it or not')
    .description(
      `Looks up a fragment as a page would, and says whether the page would show it, and if not, why:
with its age and life, its tags and their versions, its size, and what it cost to make. It changes
nothing, and counts nowhere as a hit. Templates are compared only with --cache, since only a module
has the engine.

A part is read as JSON where it is some: 42 is a number, "42" (with its quotes: '"42"' in a shell) a
string, as is every other word. A key tells them apart.`,
    )
    .argument('<fragment>', 'the name of a fragment')
    .argument('[parts...]', 'the parts of its key')
    .addOption(
      new Option('--vary <json>', `values that it varies by, such as '{"locale":"de"}'`).argParser(vary),
    )
    .addOption(new Option('--html', 'print its HTML, and nothing else').conflicts('json'))
    .addOption(jsonOption('print all that is known of it as JSON'))
    .example('onetrip inspect card 42 --store redis://localhost', 'shows the entry of card 42')
    .example('onetrip inspect card 42 --html', 'prints its HTML')
    .exits(FOUND, 'a page would not show it: it is a miss')
    .runs(async (fragment: string, parts: string[], flags: InspectFlags) => {
      const { inspect } = await import('./inspect.ts')
      return inspect(fragment, parts, flags, process.stdout, process.stderr)
    })
}
