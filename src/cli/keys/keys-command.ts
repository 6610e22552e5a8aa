import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { count } from '../command/option-readers.ts'
import { FOUND } from '../exit-codes.ts'
import { type CacheFlags, withCacheOptions } from '../store/cache-options.ts'

/** Options of `onetrip keys`. */
export interface KeysFlags extends CacheFlags {
  readonly summary?: true
  readonly limit: number
  readonly json?: true
}

export function keysCommand(): CliCommand {
  return withCacheOptions(new CliCommand('keys'))
    .summary('lists what a cache has stored')
    .description(
      `Lists the entries of a cache: fragments with the parts of their keys, results of cached
functions, and values; and the tags that it knows. It reads all keys of the store in steps, in no
order, which takes a while where there are many; the site goes on meanwhile.

The state of an entry is fresh; stale (expired, but still served while it is refreshed or if that
fails); expired; invalidated (by one of its tags); deleted (by its key, a trace of which is kept for
a while); or damaged.`,
    )
    .argument('[name]', 'only entries of the fragment, function or value of this name')
    .option('--summary', 'count entries and bytes by name, in place of each entry')
    .option('--limit <number>', 'most entries that are listed', count('limit', 1_000_000), 100)
    .addOption(jsonOption())
    .example('onetrip keys --store redis://localhost --summary', 'counts the entries of each fragment')
    .example('onetrip keys card --cache ./cache.js', 'lists the entries of the fragment card')
    .exits(FOUND, 'there are no entries')
    .runs(async (name: string | undefined, flags: KeysFlags) => {
      const { keys } = await import('./keys.ts')
      return keys(name, flags, process.stdout, process.stderr)
    })
}
