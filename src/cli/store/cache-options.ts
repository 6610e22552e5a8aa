import { Option } from 'commander'
import type { CliCommand } from '../command/cli-command.ts'
import { UNREACHABLE } from '../exit-codes.ts'

/** Options by which a command reaches the entries of a site. */
export interface CacheFlags {
  readonly store?: string
  readonly prefix: string
  readonly release: string
  readonly cache?: string
}

/** Options by which a command reaches the Redis of a site. */
export interface RedisFlags {
  readonly store?: string
  readonly prefix: string
}

/** Adds the options of {@link CacheFlags}. */
export function withCacheOptions(command: CliCommand): CliCommand {
  return command
    .addOption(
      storeOption(
        'the store of the cache, such as redis://localhost:6379; "onetrip copy --help" lists addresses',
      ),
    )
    .addOption(prefixOption('the option prefix of the cache'))
    .addOption(
      new Option('--release <text>', 'the option release of the cache, if it has one')
        .env('ONETRIP_RELEASE')
        .default('', 'none'),
    )
    .addOption(
      new Option(
        '--cache <module>',
        'a module that exports the cache, in place of the three above, such as ./cache.js',
      ),
    )
    .exits(UNREACHABLE, 'the store cannot be reached, or refused it')
}

/** Adds the options of {@link RedisFlags}. */
export function withRedisOptions(command: CliCommand, what: string): CliCommand {
  return command
    .addOption(
      storeOption(`the Redis of ${what}, such as redis://localhost:6379 or redis-cluster://a:7000,b:7000`),
    )
    .addOption(prefixOption(`the option prefix of ${what}`))
    .exits(UNREACHABLE, 'Redis cannot be reached, or refused it')
}

function storeOption(description: string): Option {
  return new Option('--store <address>', description).env('ONETRIP_STORE')
}

function prefixOption(description: string): Option {
  return new Option('--prefix <text>', description).env('ONETRIP_PREFIX').default('onetrip')
}
