/** Calls that `better-sqlite3`, `libsql` and `node:sqlite` have in common. */
export interface SqliteDatabase {
  /** Runs statements without results. */
  exec(sql: string): unknown
  /** Compiles a statement. */
  prepare(sql: string): SqliteStatement
  /** Closes the file. */
  close(): void
}

/** A compiled statement. */
export interface SqliteStatement {
  /** Runs it, and returns its rows. */
  all(...values: SqliteValue[]): unknown[]
  /** Runs it, and returns no rows. */
  run(...values: SqliteValue[]): unknown
}

/** A value that is bound to a parameter of a statement. */
export type SqliteValue = string | number | Uint8Array | null
