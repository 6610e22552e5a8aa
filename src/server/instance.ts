import { randomBytes } from 'node:crypto'
import { BlockedClients } from './blocking/blocked-clients.ts'
import type { Client } from './clients/client.ts'
import { ClientRegistry } from './clients/client-registry.ts'
import { Outbox } from './clients/outbox.ts'
import { ServerClock } from './clock.ts'
import { CommandError } from './command-error.ts'
import type { CommandList, TableCommand } from './commands/command-info.ts'
import { Config } from './config/config.ts'
import { EncodingLimits } from './config/encoding-limits.ts'
import { AccessFrequency } from './data/access-frequency.ts'
import { ActiveExpiry } from './data/active-expiry.ts'
import { Database, type EventClass, type KeyspaceObserver } from './data/database.ts'
import { Eviction } from './data/eviction.ts'
import { error } from './protocol/reply.ts'
import { Scripts } from './scripting/scripts.ts'
import { ServerStats } from './server-stats.ts'
import { SlowLog } from './slow-log.ts'
import { Snapshots } from './snapshot/snapshots.ts'

/** Called with each key that was changed or removed. */
export type KeyListener = (database: Database, key: string) => void
/** Called with each keyspace notification. */
export type NotificationListener = (
  database: Database,
  eventClass: EventClass,
  event: string,
  key: string,
) => void
/** Called when databases were emptied: one, or all. */
export type FlushListener = (database: Database | undefined, keys: Iterable<string>) => void

/** The state of one running server. Commands reach it as `session.instance`. */
export class Instance implements KeyspaceObserver {
  readonly outbox = new Outbox()
  readonly clock = new ServerClock(() => {
    this.blocked.serve()
    this.outbox.flush()
  })
  readonly config: Config
  readonly limits: EncodingLimits
  readonly stats = new ServerStats()
  readonly slowLog: SlowLog
  readonly scripts: Scripts
  readonly snapshots = new Snapshots(this.clock)
  /** 40 hexadecimal digits, as INFO answers them. */
  readonly runId = randomBytes(20).toString('hex')
  /** Ends the server, for SHUTDOWN. */
  shutDown: (() => void) | undefined
  readonly clients = new ClientRegistry()
  readonly frequency: AccessFrequency
  readonly databases: readonly Database[]
  readonly activeExpiry: ActiveExpiry
  readonly eviction: Eviction
  readonly blocked = new BlockedClients(this.clock, replyOfError)
  readonly commands: CommandList
  /** The client whose command is running. */
  current: Client | undefined
  readonly keyListeners: KeyListener[] = []
  readonly flushListeners: FlushListener[] = []
  /** Called with the keys that a client has read. */
  readonly readListeners: ((client: Client, command: TableCommand, args: readonly string[]) => void)[] = []
  readonly notificationListeners: NotificationListener[] = []

  constructor(commands: CommandList, config = new Config()) {
    this.commands = commands
    this.config = config
    this.limits = new EncodingLimits(config)
    this.slowLog = new SlowLog(config)
    this.scripts = new Scripts(config)
    this.frequency = new AccessFrequency(config)
    this.databases = Array.from(
      { length: this.config.number('databases') },
      (_, index) => new Database(index, this.clock, this, this.stats, this.frequency),
    )
    const { clock, databases, frequency, stats } = this
    this.activeExpiry = new ActiveExpiry(clock, databases)
    this.eviction = new Eviction(databases, clock, stats, config, frequency)
  }

  changed(database: Database, key: string): void {
    this.stats.dirty++
    this.blocked.changed(database, key)
    for (const listener of this.keyListeners) listener(database, key)
  }

  notify(database: Database, eventClass: EventClass, event: string, key: string): void {
    for (const listener of this.notificationListeners) listener(database, eventClass, event, key)
  }

  expires(database: Database, key: string, at: number): void {
    this.activeExpiry.add(database, key, at)
  }

  /** Removes all keys of a database, without one of all databases. */
  flush(database?: Database): void {
    for (const one of database ? [database] : this.databases) {
      const keys = [...one.clear()]
      for (const key of keys) this.changed(one, key)
      for (const listener of this.flushListeners) listener(database, keys)
    }
  }

  /** Exchanges the keys of two databases. Clients that wait in either look again. */
  swap(one: Database, other: Database): void {
    if (one === other) return
    one.swap(other)
    this.activeExpiry.rebuild()
    this.stats.dirty++
    for (const { entries } of [one, other])
      for (const key of entries.keys())
        for (const listener of this.keyListeners) {
          listener(one, key)
          listener(other, key)
        }
    for (const database of [one, other]) this.blocked.lookAgain(database)
  }
}

/** Encodes an error of a command. Anything else is a fault of the server, and is thrown on. */
export function replyOfError(thrown: unknown): string {
  if (thrown instanceof CommandError) return error(thrown.message)
  throw thrown
}
