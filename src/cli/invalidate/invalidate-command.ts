import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { type CacheFlags, withCacheOptions } from '../store/cache-options.ts'

/** Options of `onetrip invalidate`. */
export interface InvalidateFlags extends CacheFlags {
  readonly json?: true
}

export function invalidateCommand(): CliCommand {
  return withCacheOptions(new CliCommand('invalidate'))
    .summary('makes all entries with a tag misses, on all processes')
    .description(
      `Invalidates every fragment, cached result and value that has one of these tags, and the
fragments around them, in one round trip whatever it covers. No page that begins afterwards shows
what was cached before, on any process; one that has a first tier in memory without the stream or
tracking does so within its coherenceLag. Pages render what they miss: the load of a tag that covers
much comes at once. Nothing else is removed, so it does not ask.`,
    )
    .argument('<tags...>', 'the names of tags')
    .addOption(jsonOption())
    .example(
      'onetrip invalidate films film:42 --store redis://localhost',
      'after an import into the database',
    )
    .example('onetrip invalidate menu --cache ./cache.js', 'with the options of the site')
    .runs(async (tags: string[], flags: InvalidateFlags) => {
      const { invalidate } = await import('./invalidate.ts')
      return invalidate(tags, flags, process.stdout)
    })
}
