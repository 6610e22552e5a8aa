import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { type Clock, processClock } from '../../clock.ts'
import { messageOf, OptionError, StoreError } from '../../errors.ts'
import type { ByteSize } from '../../options/byte-size.ts'
import { EmbeddedStore } from '../embedded/embedded-store.ts'
import { checkMaxBytes, checkOptions, checkPath } from '../embedded/options.ts'
import type { Store } from '../store.ts'
import type { SqliteDatabase } from './database.ts'
import { SqliteTable } from './sqlite-table.ts'

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.ts'

export interface SqliteStoreOptions {
  /**
   * The file, made where there is none; on a disk of this machine. It is opened by `node:sqlite` (Node 22.13 and later), or by
   * `better-sqlite3` or `libsql`, whichever is there first.
   */
  readonly path?: string | undefined
  /** A database of yours, of `better-sqlite3`, `libsql` or `node:sqlite`: it is not closed with the store. */
  readonly database?: SqliteDatabase | undefined
  /**
   * How many bytes the table takes at most; beyond that what was written first makes room. The file never shrinks. At least
   * 1 MiB. Default: 1 GiB.
   */
  readonly maxBytes?: ByteSize | undefined
}

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024

/**
 * A store in a file of SQLite, which several processes of one machine share. It survives restarts and killed processes; what
 * was written before a power cut may be lost, not damaged. Calls are synchronous inside: a write waits for those of other
 * processes, up to half a second.
 *
 * @throws OptionError, StoreError where the file cannot be opened
 */
export function sqliteStore(options: SqliteStoreOptions): Store
/** @internal */
export function sqliteStore(options: SqliteStoreOptions, clock: Clock): Store
export function sqliteStore(options: SqliteStoreOptions, clock = processClock): Store {
  checkOptions('sqliteStore', options, ['path', 'database', 'maxBytes'], "{ path: './cache.db' }")
  const { path, database, maxBytes = DEFAULT_MAX_BYTES } = options
  const most = checkMaxBytes('sqliteStore', maxBytes)
  if (database !== undefined) {
    if (path !== undefined) throw new OptionError('sqliteStore takes path or database, not both')
    return new EmbeddedStore(new SqliteTable(checkDatabase(database), false), most, clock)
  }
  const file = checkPath('sqliteStore', path)
  const openFile = findDriver()
  try {
    mkdirSync(dirname(file), { recursive: true })
    return new EmbeddedStore(new SqliteTable(openFile(file), true), most, clock)
  } catch (cause) {
    throw new StoreError(`SQLite cannot open ${file}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

type Open = (path: string) => SqliteDatabase

/** @throws OptionError that says what to install */
function findDriver(): Open {
  const require = createRequire(import.meta.url)
  const find = (name: string): unknown => {
    try {
      return require(name)
    } catch {
      return undefined
    }
  }
  const builtIn = find('node:sqlite') as { DatabaseSync: new (path: string) => SqliteDatabase } | undefined
  if (builtIn) return (path) => new builtIn.DatabaseSync(path)
  const Database = (find('better-sqlite3') ?? find('libsql')) as
    | (new (
        path: string,
      ) => SqliteDatabase)
    | undefined
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
