import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { open } from 'lmdb'
import { type Clock, processClock } from '../../clock.ts'
import { messageOf, StoreError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { EmbeddedStore } from '../embedded/embedded-store.ts'
import { checkMaxBytes, checkOptions, checkPath } from '../embedded/options.ts'
import type { Store } from '../store.ts'
import { LmdbTable } from './lmdb-table.ts'

export interface LmdbStoreOptions {
  /** A folder, made where there is none; or a file, where the name has an extension. On a disk of this machine. */
  readonly path: string
  /**
   * How many bytes entries take at most; beyond that what was written first makes room. The file may be up to twice as large,
   * and never shrinks. At least 1 MiB. Default: 1 GiB.
   */
  readonly maxBytes?: ByteSize | undefined
}

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024
/** Pages that are free, and those that a transaction copies, need room beside the entries. */
const ROOM = 2
const LEAST_ROOM = 64 * 1024 * 1024

/**
 * A store in a file that all processes of one machine share, by LMDB (the package `lmdb`): it survives restarts and killed
 * processes. Reads copy from memory that the processes have in common; a write of 24 entries holds the process up for about
 * a tenth of a millisecond. Nothing is flushed to the disk on purpose: what was written before a power cut may be lost, or
 * damaged; empty the folder then.
 *
 * @throws OptionError, StoreError where the file cannot be opened
 */
export function lmdbStore(options: LmdbStoreOptions): Store
/** @internal */
export function lmdbStore(options: LmdbStoreOptions, clock: Clock): Store
export function lmdbStore(options: LmdbStoreOptions, clock = processClock): Store {
  checkOptions('lmdbStore', options, ['path', 'maxBytes'], "{ path: './cache' }")
  const path = checkPath('lmdbStore', options.path)
  const maxBytes = checkMaxBytes('lmdbStore', options.maxBytes ?? DEFAULT_MAX_BYTES)
  try {
    mkdirSync(dirname(path), { recursive: true })
    const database = open<Buffer, Buffer>({
      path,
      keyEncoding: 'binary',
      encoding: 'binary',
      mapSize: maxBytes * ROOM + LEAST_ROOM,
      noSync: true,
      overlappingSync: false,
    })
    return new EmbeddedStore(new LmdbTable(database), maxBytes, clock)
  } catch (cause) {
    throw new StoreError(`LMDB cannot open ${path}: ${messageOf(cause)}`, {
      cause,
    })
  }
}
