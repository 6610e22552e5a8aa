import type { Table } from '../embedded/table.ts'
import { expiresAt, STAMP_LENGTH, type Ttl } from '../store.ts'
import type { SqliteDatabase, SqliteStatement } from './database.ts'

/**
 * Number of keys that one statement reads. A batch is read by the smallest that is large enough.
 */
const SIZES = [1, 8, 32, 128, 512]
/** Number of rows that are listed or removed at a time. */
const PAGE = 200
/** Longest wait of a write for those of other processes, in ms. */
const BUSY = 500
/** Bytes of a row beside key and value, with its place in two indexes: an estimate. */
const ROW = 100

/** node:sqlite returns a Uint8Array, better-sqlite3 a Buffer, libsql an ArrayBuffer. */
type Blob = Uint8Array | ArrayBuffer

interface Row {
  readonly key: Blob
  readonly value: Blob
}

/**
 * Records in an SQLite table. A row that is written again gets the next number: it is the newest.
 */
export class SqliteTable implements Table {
  readonly name = 'SQLite'
  readonly #database: SqliteDatabase
  readonly #ours: boolean
  readonly #reads = new Map<number, SqliteStatement>()
  readonly #statements: Readonly<
    Record<'put' | 'one' | 'touch' | 'remove' | 'expired' | 'oldest' | 'range' | 'size', SqliteStatement>
  >
  readonly #pageSize: number

  /** @param ours true if the database is closed with the table */
  constructor(database: SqliteDatabase, ours: boolean) {
    this.#database = database
    this.#ours = ours
    database.exec(`PRAGMA busy_timeout = ${BUSY}`)
    // The application's own database keeps its settings.
    if (ours) {
      database.exec('PRAGMA journal_mode = WAL')
      database.exec('PRAGMA synchronous = NORMAL')
    }
    database.exec(
      'CREATE TABLE IF NOT EXISTS onetrip (number INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, ' +
        'expires REAL NOT NULL, value BLOB NOT NULL)',
    )
    database.exec('CREATE INDEX IF NOT EXISTS onetrip_expires ON onetrip (expires)')
    const page = `LIMIT ${PAGE}`
    this.#statements = {
      one: database.prepare('SELECT value FROM onetrip WHERE key = ? AND expires > ?'),
      put: database.prepare('INSERT OR REPLACE INTO onetrip (key, expires, value) VALUES (?, ?, ?)'),
      touch: database.prepare('UPDATE onetrip SET expires = max(expires, ?) WHERE key = ?'),
      // Two values: libsql takes a single Buffer for an object of named ones and ends the process.
      remove: database.prepare('DELETE FROM onetrip WHERE key = ? AND expires > ?'),
      size: database.prepare(`SELECT sum(length(key) + length(value) + ${ROW}) AS bytes FROM onetrip`),
      expired: database.prepare(
        `DELETE FROM onetrip WHERE number IN (SELECT number FROM onetrip WHERE expires <= ? ${page})`,
      ),
      // Only versions and tombstones are as short as a stamp: they are not evicted.
      oldest: database.prepare(
        `DELETE FROM onetrip WHERE number IN (SELECT number FROM onetrip WHERE length(value) > ${STAMP_LENGTH} ORDER BY number ${page})`,
      ),
      range: database.prepare(
        `SELECT key FROM onetrip WHERE key > ? AND key < ? AND expires > ? ORDER BY key ${page}`,
      ),
    }
    this.#pageSize = this.#pragma('page_size')
  }

  readMany(keys: readonly string[], now: number): (Buffer | null)[] {
    const bytes = keys.map(toBytes)
    const found = new Map<string, Buffer>()
    for (let from = 0; from < bytes.length; ) {
      const size = SIZES.find((one) => one >= bytes.length - from) ?? (SIZES.at(-1) as number)
      const some = bytes.slice(from, from + size)
      const filled = [...some, ...new Array(size - some.length).fill(some[0])]
      for (const { key, value } of this.#read(size).all(now, ...filled) as Row[])
        found.set(asBuffer(key).toString('latin1'), asBuffer(value))
      from += size
    }
    return bytes.map((key) => found.get(key.toString('latin1')) ?? null)
  }

  readOne(key: string, now: number): Buffer | undefined {
    const [row] = this.#statements.one.all(toBytes(key), now) as Row[]
    return row && asBuffer(row.value)
  }

  put(key: string, ttl: Ttl, now: number, parts: readonly Buffer[]): void {
    this.#statements.put.run(toBytes(key), endOf(ttl, now), Buffer.concat(parts))
  }

  touch(key: string, ttl: Ttl, now: number): void {
    this.#statements.touch.run(endOf(ttl, now), toBytes(key))
  }

  remove(key: string): void {
    this.#statements.remove.run(toBytes(key), 0)
  }

  *pages(prefix: string, now: number): Generator<string[], void, void> {
    if (prefix !== '' && this.readOne(prefix, now)) yield [prefix]
    const end = Buffer.concat([toBytes(prefix), END])
    let last: Buffer | undefined = toBytes(prefix)
    while (last) {
      const page: Buffer[] = (this.#statements.range.all(last, end, now) as Row[]).map(({ key }) =>
        asBuffer(key),
      )
      last = page.at(-1)
      if (page.length > 0) yield page.map(String)
    }
  }

  removeExpired(now: number): void {
    this.#statements.expired.run(now)
  }

  evictOldest(): void {
    this.#statements.oldest.run()
  }

  /** Counts only this store's table in the application's own database. */
  get used(): number {
    if (!this.#ours) {
      const [row] = this.#statements.size.all() as { bytes: number | null }[]
      return Number(row?.bytes ?? 0)
    }
    return this.#pageSize * (this.#pragma('page_count') - this.#pragma('freelist_count'))
  }

  transaction<T>(fn: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = fn()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      try {
        this.#database.exec('ROLLBACK')
      } catch {
        // SQLite has rolled back by itself.
      }
      throw error
    }
  }

  close(): void {
    if (this.#ours) this.#database.close()
  }

  #read(size: number): SqliteStatement {
    let statement = this.#reads.get(size)
    if (!statement) {
      const places = new Array(size).fill('?').join(', ')
      statement = this.#database.prepare(
        `SELECT key, value FROM onetrip WHERE expires > ? AND key IN (${places})`,
      )
      this.#reads.set(size, statement)
    }
    return statement
  }

  #pragma(name: string): number {
    const [row] = this.#database.prepare(`PRAGMA ${name}`).all() as Record<string, number>[]
    return Number(row?.[name])
  }
}

/** Does not occur in UTF-8. */
const END = Buffer.of(0xff)

function toBytes(key: string): Buffer {
  return Buffer.from(key)
}

/** Not Infinity, which not every driver accepts. */
function endOf(ttl: Ttl, now: number): number {
  return Math.min(expiresAt(ttl, now), Number.MAX_VALUE)
}

function asBuffer(bytes: Blob): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  return bytes instanceof ArrayBuffer
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
