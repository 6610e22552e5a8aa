import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { open } from 'lmdb'
import { type Clock, processClock } from '../../clock.ts'
import { messageOf, StoreError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { EmbeddedStore } from '../embedded/embedded-store.ts'
import { checkFileBytes, checkPath } from '../embedded/file-options.ts'
import type { Store } from '../store.ts'
import { checkOptions } from '../store-options.ts'
import { LmdbTable } from './lmdb-table.ts'
import { lockWaits } from './lock-waits.ts'

/** Options of {@link lmdbStore}. */
export interface LmdbStoreOptions {
  /**
   * A folder, created where it is missing; or a file, if the name has an extension. It must be on a
   * disk of this machine.
   */
  readonly path: string
  /**
   * Largest size of all entries, in bytes or as a string such as `'256MB'`. Beyond it the oldest
   * entries are evicted. The file may be twice as large, and never shrinks. At least 1 MiB.
   *
   * @defaultValue 1 GiB
   */
  readonly maxBytes?: ByteSize | undefined
}

/** Size of the memory map: free pages, and those that a transaction copies, need room too. */
const MAP_FACTOR = 2
const MAP_RESERVE = 64 * 1024 * 1024

/**
 * Creates a store in a file that all processes of one machine share, by LMDB (the package `lmdb`).
 * It survives restarts and killed processes. Reads copy from shared memory; a write of 24 entries
 * blocks the process for about 0.1 ms. Writes do not wait for the disk: after a power cut the last
 * ones may be lost or damaged, and the folder must be emptied.
 *
 * @throws OptionError where an option is wrong or unknown
 * @throws StoreError where the file cannot be opened
 *
 * @example
 * ```ts
 * const store = lmdbStore({ path: './cache', maxBytes: '256MB' })
 * ```
 */
export function lmdbStore(options: LmdbStoreOptions): Store
/** @internal */
export function lmdbStore(options: LmdbStoreOptions, clock: Clock): Store
export function lmdbStore(options: LmdbStoreOptions, clock = processClock): Store {
  checkOptions('lmdbStore', options, ['path', 'maxBytes'], "{ path: './cache' }")
  const path = checkPath('lmdbStore', options.path)
  const maxBytes = checkFileBytes('lmdbStore', options.maxBytes)
  lockWaits.start()
  try {
    mkdirSync(dirname(path), { recursive: true })
    const database = lockWaits.during(() =>
      open<Buffer, Buffer>({
        path,
        keyEncoding: 'binary',
        encoding: 'binary',
        mapSize: maxBytes * MAP_FACTOR + MAP_RESERVE,
        noSync: true,
        overlappingSync: false,
      }),
    )
    return new EmbeddedStore(new LmdbTable(database), maxBytes, clock)
  } catch (cause) {
    lockWaits.stop()
    throw new StoreError(`LMDB cannot open ${path}: ${messageOf(cause)}`, { cause })
  }
}
