import type { SqliteDatabase, SqliteStatement } from './database.ts'

/** How many keys one statement reads: a batch is read by the smallest that holds it. */
const SIZES = [1, 8, 32, 128, 512]
/** How many rows are removed at a time. */
const PAGE = 200
/** How long a write waits for those of other processes, in milliseconds. */
const BUSY = 500
/** Only a version or a tombstone is as short as that: a bare head. */
const BARE = 17

/** Of node:sqlite a Uint8Array, of better-sqlite3 a Buffer, of libsql an ArrayBuffer. */
type Blob = Uint8Array | ArrayBuffer

interface Row {
  readonly key: Blob
  readonly value: Blob
}

/** The table that entries stand in, and the statements for it. A row that is written anew is the last one. */
export class Table {
  readonly #database: SqliteDatabase
  readonly #reads = new Map<number, SqliteStatement>()
  readonly #statements: Readonly<
    Record<'put' | 'one' | 'touch' | 'remove' | 'ended' | 'first' | 'range', SqliteStatement>
  >
  readonly #pageSize: number

  /** @throws what SQLite throws */
  constructor(database: SqliteDatabase) {
    this.#database = database
    database.exec(`PRAGMA busy_timeout = ${BUSY}`)
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = NORMAL')
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
      // Two values: libsql takes a Buffer that is alone for an object of named ones, and the process ends.
      remove: database.prepare('DELETE FROM onetrip WHERE key = ? AND expires > ?'),
      ended: database.prepare(
        `DELETE FROM onetrip WHERE number IN (SELECT number FROM onetrip WHERE expires <= ? ${page})`,
      ),
      first: database.prepare(
        `DELETE FROM onetrip WHERE number IN (SELECT number FROM onetrip WHERE length(value) > ${BARE} ORDER BY number ${page})`,
      ),
      range: database.prepare(
        `SELECT key FROM onetrip WHERE key > ? AND key < ? AND expires > ? ORDER BY key ${page}`,
      ),
    }
    this.#pageSize = this.#pragma('page_size')
  }

  /** What is there of keys, in their order. */
  readMany(keys: readonly Buffer[], now: number): (Buffer | null)[] {
    const found = new Map<string, Buffer>()
    for (let from = 0; from < keys.length; ) {
      const size = SIZES.find((one) => one >= keys.length - from) ?? (SIZES.at(-1) as number)
      const some = keys.slice(from, from + size)
      const filled = [...some, ...new Array(size - some.length).fill(some[0])]
      for (const { key, value } of this.#read(size).all(now, ...filled) as Row[])
        found.set(asText(key), asBuffer(value))
      from += size
    }
    return keys.map((key) => found.get(asText(key)) ?? null)
  }

  readOne(key: Buffer, now: number): Buffer | undefined {
    const [row] = this.#statements.one.all(key, now) as Row[]
    return row && asBuffer(row.value)
  }

  put(key: Buffer, expires: number, value: Buffer): void {
    this.#statements.put.run(key, expires, value)
  }

  /** Lengthens a life. */
  touch(key: Buffer, expires: number): void {
    this.#statements.touch.run(expires, key)
  }

  remove(key: Buffer): void {
    this.#statements.remove.run(key, 0)
  }

  /** The next keys after one, of those that are before an end. */
  keysAfter(key: Buffer, end: Buffer, now: number): Buffer[] {
    return (this.#statements.range.all(key, end, now) as Row[]).map((row) => asBuffer(row.key))
  }

  removeEnded(now: number): void {
    this.#statements.ended.run(now)
  }

  /** Removes what was written first, but for versions and tombstones: without them old content could come back. */
  removeFirst(): void {
    this.#statements.first.run()
  }

  /** Bytes in pages that hold something. */
  get used(): number {
    return this.#pageSize * (this.#pragma('page_count') - this.#pragma('freelist_count'))
  }

  /** Runs a function with no other process writing meanwhile. @throws what it throws, and where others write for too long */
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
        // SQLite has done so itself.
      }
      throw error
    }
  }

  close(): void {
    this.#database.close()
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

function asText(bytes: Blob): string {
  return asBuffer(bytes).toString('latin1')
}

function asBuffer(bytes: Blob): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  return bytes instanceof ArrayBuffer
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
