/** Classes of keyspace notifications: letters of `notify-keyspace-events`. */
export type EventClass = 'g' | '$' | 'l' | 's' | 'h' | 'z' | 'x' | 'e' | 't' | 'm' | 'n' | 'd'

/** Told of all that happens to the keys of databases. */
export interface KeyspaceObserver<Database> {
  /** A key has come into being, and will have its value at the end of the command. */
  added(database: Database, key: string): void
  /** A key was changed or removed: for WATCH, client tracking, and clients that wait for keys. */
  changed(database: Database, key: string): void
  /** The server has removed a key: it has expired, or was evicted. */
  vanished(database: Database, key: string): void
  /** A keyspace notification. */
  notify(database: Database, eventClass: EventClass, event: string, key: string): void
  /** A key has got an expiry, in ms since 1970. */
  expires(database: Database, key: string, at: number): void
}
