import { CliCommand } from '../command/cli-command.ts'
import { jsonOption } from '../command/json-option.ts'
import { count } from '../command/option-readers.ts'
import { FOUND, UNREACHABLE } from '../exit-codes.ts'
import { ADDRESSES } from '../store/open-store.ts'

/** Options of `onetrip copy`. */
export interface CopyFlags {
  readonly prefix: string
  readonly batch: number
  readonly json?: true
}

export function copyCommand(): CliCommand {
  return new CliCommand('copy')
    .summary('copies one store to another')
    .description(
      `Copies fragments and values from one store to another, with their tags and the rest of their
TTLs. Expired, invalidated and signed entries are not copied. It can be run again until a site uses
the other store: entries written there since would be overwritten. Addresses of stores:

${ADDRESSES}`,
    )
    .argument('<from>', 'the address of the store to copy from')
    .argument('<to>', 'the address of the store to copy to')
    .option('--prefix <text>', 'copy only keys that start so: the prefix of a cache, such as shop', '')
    .option('--batch <number>', 'how many keys are read and written at a time', count('batch', 10_000), 200)
    .addOption(jsonOption('print the counts as JSON'))
    .example('onetrip copy redis://localhost lmdb:./cache', 'copies all caches of a Redis to a folder')
    .example('onetrip copy redis://old redis://new --prefix shop', 'copies one cache to another Redis')
    .exits(FOUND, 'the other store refused entries')
    .exits(UNREACHABLE, 'a store cannot be reached, or failed')
    .runs(async (from: string, to: string, flags: CopyFlags) => {
      const { copy } = await import('./copy.ts')
      return copy(from, to, flags, process.stdout, process.stderr)
    })
}
