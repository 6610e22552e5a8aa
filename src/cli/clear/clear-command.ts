import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { yesOption } from '../confirm.ts'
import { FOUND } from '../exit-codes.ts'
import { type CacheFlags, withCacheOptions } from '../store/cache-options.ts'

/** Options of `onetrip clear`. */
export interface ClearFlags extends CacheFlags {
  readonly yes?: true
  readonly json?: true
}

export function clearCommand(): CliCommand {
  return withCacheOptions(new CliCommand('clear'))
    .summary('removes all entries of a cache, or of one fragment')
    .description(
      `Removes everything that a cache has stored (fragments, results of cached functions, values),
or all entries of one fragment, whatever their parts. Keys of other prefixes and releases stay. It
walks through the keys of the store and waits for processes that write, some 3 seconds. All pages
miss afterwards: for what changes often, invalidate tags.`,
    )
    .argument('[fragment]', 'the name of a fragment')
    .addOption(yesOption())
    .addOption(jsonOption())
    .example('onetrip clear card --store redis://localhost', 'removes all entries of card, after a question')
    .example('onetrip clear --cache ./cache.js --yes', 'empties the cache')
    .exits(FOUND, 'the answer was no')
    .runs(async (fragment: string | undefined, flags: ClearFlags) => {
      const { clear } = await import('./clear.ts')
      return clear(fragment, flags, process.stdout)
    })
}
