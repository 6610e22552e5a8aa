import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { type Clock, processClock } from '../../clock.ts'
import { messageOf, OptionError, StoreError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { EmbeddedStore } from '../embedded/embedded-store.ts'
import { checkFileBytes, checkPath } from '../embedded/file-options.ts'
import type { Store } from '../store.ts'
import { checkOptions } from '../store-options.ts'
import type { SqliteDatabase } from './database.ts'
import { SqliteTable } from './sqlite-table.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.ts'

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /**
   * The file, created where it is missing; on a disk of this machine. It is opened by the first of
   * these that is installed: `node:sqlite` (Node 22.13 and later), `better-sqlite3`, `libsql`.
   * @defaultValue none: `path` or `database` is needed
   */
  readonly path?: string | undefined
  /**
   * An open database of `better-sqlite3`, `libsql` or `node:sqlite`, in place of `path`. The store
   * does not close it.
   * @defaultValue none
   */
  readonly database?: SqliteDatabase | undefined
  /**
   * Largest size of the table, in bytes or as a string such as `'256MB'`. Beyond it the oldest
   * entries are evicted. The file never shrinks. At least 1 MiB.
   *
   * @defaultValue 1 GiB
   */
  readonly maxBytes?: ByteSize | undefined
}

/**
 * Creates a store in an SQLite file, which several processes of one machine share. It survives
 * restarts and killed processes. After a power cut the last writes may be lost, but nothing is
 * damaged. Calls block the process: a write waits for those of other processes, up to 500 ms.
 *
 * @throws OptionError where an option is wrong or unknown, or no SQLite package is installed
 * @throws StoreError where the file cannot be opened
 *
 * @example
 * ```ts
 * const store = sqliteStore({ path: './cache.db', maxBytes: '256MB' })
 * ```
 */
export function sqliteStore(options: SqliteStoreOptions): Store
/** @internal */
export function sqliteStore(options: SqliteStoreOptions, clock: Clock): Store
export function sqliteStore(options: SqliteStoreOptions, clock = processClock): Store {
  checkOptions('sqliteStore', options, ['path', 'database', 'maxBytes'], "{ path: './cache.db' }")
  const { path, database } = options
  const maxBytes = checkFileBytes('sqliteStore', options.maxBytes)
  if (database !== undefined) {
    if (path !== undefined) throw new OptionError('sqliteStore takes path or database, not both')
    return new EmbeddedStore(new SqliteTable(checkDatabase(database), false), maxBytes, clock)
  }
  const file = checkPath('sqliteStore', path)
  const openFile = findDriver()
  try {
    mkdirSync(dirname(file), { recursive: true })
    return new EmbeddedStore(new SqliteTable(openFile(file), true), maxBytes, clock)
  } catch (cause) {
    throw new StoreError(`SQLite cannot open ${file}: ${messageOf(cause)}`, { cause })
  }
}

type Open = (path: string) => SqliteDatabase
type Driver = new (path: string) => SqliteDatabase

/** Finds an installed SQLite package. @throws OptionError */
function findDriver(): Open {
  const require = createRequire(import.meta.url)
  const find = (name: string): unknown => {
    try {
      return require(name)
    } catch {
      return undefined
    }
  }
  const builtIn = find('node:sqlite') as { DatabaseSync: Driver } | undefined
  if (builtIn) return (path) => new builtIn.DatabaseSync(path)
  const Database = (find('better-sqlite3') ?? find('libsql')) as Driver | undefined
  if (Database) return (path) => new Database(path)
  throw new OptionError(
    'sqliteStore({ path }) needs Node 22.13 or later, or one of the packages better-sqlite3 and libsql: npm install libsql',
  )
}

function checkDatabase(database: unknown): SqliteDatabase {
  const { prepare, exec } = (database ?? {}) as Record<string, unknown>
  if (typeof prepare === 'function' && typeof exec === 'function') return database as SqliteDatabase
  throw new OptionError(
    'sqliteStore: database must be one of better-sqlite3, libsql or node:sqlite, which have prepare() and exec()',
  )
}
