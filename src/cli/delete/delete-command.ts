import { Option } from 'commander'
import type { VaryValues } from '../../core/definition/define-fragment.ts'
import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { vary } from '../command/option-readers.ts'
import { yesOption } from '../confirm.ts'
import { FOUND } from '../exit-codes.ts'
import { type CacheFlags, withCacheOptions } from '../store/cache-options.ts'

/** Options of `onetrip delete`. */
export interface DeleteFlags extends CacheFlags {
  readonly vary?: VaryValues
  readonly yes?: true
  readonly json?: true
}

export function deleteCommand(): CliCommand {
  return withCacheOptions(new CliCommand('delete'))
    .summary('deletes the entry of a fragment')
    .description(
      `Deletes one entry of a fragment, by the parts of its key. Renders of it that are under way do
not bring it back. Fragments around it keep their copy of it: for these, and for all variants,
invalidate a tag.

A part is read as JSON where it is some: 42 is a number, "42" (with its quotes: '"42"' in a shell) a
string, as is every other word. A key tells them apart.`,
    )
    .argument('<fragment>', 'the name of a fragment')
    .argument('[parts...]', 'the parts of its key')
    .addOption(
      new Option(
        '--vary <json>',
        `values that it varies by, such as '{"locale":"de"}': deletes that variant`,
      ).argParser(vary),
    )
    .addOption(yesOption())
    .addOption(jsonOption())
    .example('onetrip delete card 42 --store redis://localhost', 'deletes card 42, after a question')
    .example(`onetrip delete menu --vary '{"locale":"de"}' --cache ./cache.js --yes`, 'deletes one variant')
    .exits(FOUND, 'there was no such entry, or the answer was no')
    .runs(async (fragment: string, parts: string[], flags: DeleteFlags) => {
      const { deleteEntry } = await import('./delete.ts')
      return deleteEntry(fragment, parts, flags, process.stdout, process.stderr)
    })
}
