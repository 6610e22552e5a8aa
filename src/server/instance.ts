import { randomBytes } from 'node:crypto'
import { BlockedClients } from './blocking/blocked-clients.ts'
import { BufferLimits } from './clients/buffer-limits.ts'
import type { Client } from './clients/client.ts'
import { ClientPause } from './clients/client-pause.ts'
import { ClientRegistry } from './clients/client-registry.ts'
import { Outbox } from './clients/outbox.ts'
import { PostponedRequests } from './clients/postponed-requests.ts'
import { ServerClock } from './clock.ts'
import type { CommandList } from './commands/command-info.ts'
import { Config } from './config/config.ts'
import { EncodingLimits } from './config/encoding-limits.ts'
import { AccessFrequency } from './data/access-frequency.ts'
import { ActiveExpiry } from './data/active-expiry.ts'
import { Database } from './data/database.ts'
import { Eviction } from './data/eviction.ts'
import type { EventClass, KeyspaceObserver } from './data/keyspace-observer.ts'
import { Faults } from './monitoring/faults.ts'
import { Monitors } from './monitoring/monitors.ts'
import { KeyspaceNotifications } from './pubsub/keyspace-notifications.ts'
import { PubSub } from './pubsub/pub-sub.ts'
import { BusyScript } from './scripting/busy-script.ts'
import { Libraries } from './scripting/libraries.ts'
import { Scripts } from './scripting/scripts.ts'
import { ServerStats } from './server-stats.ts'
import { SlowLog } from './slow-log.ts'
import { Snapshots } from './snapshot/snapshots.ts'
import { Tracking } from './tracking/tracking.ts'
import { Transactions } from './transactions/transactions.ts'
import { WatchedKeys } from './transactions/watched-keys.ts'

/** The state of one running server. Commands reach it as `session.instance`. */
export class Instance implements KeyspaceObserver<Database> {
  readonly faults = new Faults()
  readonly outbox = new Outbox(this.faults)
  readonly clock = new ServerClock(() => {
    // What `advance()` ends in a custom command goes on after that command.
    if (this.current) return
    this.blocked.serve()
    this.outbox.flush()
  }, this.faults)
  readonly config: Config
  readonly limits: EncodingLimits
  readonly stats = new ServerStats()
  readonly slowLog: SlowLog
  readonly snapshots = new Snapshots(this.clock, this.stats)
  readonly scripts: Scripts
  readonly libraries: Libraries
  /** Requests that wait for the engine of scripts. */
  readonly waitingForScripts = new PostponedRequests()
  /** 40 hexadecimal digits, as INFO answers them. */
  readonly runId = randomBytes(20).toString('hex')
  /** Ends the server, for SHUTDOWN. */
  shutDown: (() => void) | undefined
  readonly clients = new ClientRegistry()
  readonly bufferLimits: BufferLimits
  readonly pause = new ClientPause(this.clock)
  readonly frequency: AccessFrequency
  readonly databases: readonly Database[]
  readonly activeExpiry: ActiveExpiry
  readonly eviction: Eviction
  readonly blocked = new BlockedClients(this.clock, this.faults, (client, reply) =>
    this.#countError(client, reply),
  )
  readonly busyScript = new BusyScript(this.clock, (client, reply) => this.#countError(client, reply))
  readonly commands: CommandList
  /** The client whose command is running. */
  current: Client | undefined
  readonly pubsub = new PubSub()
  readonly notifications: KeyspaceNotifications
  readonly watched = new WatchedKeys()
  readonly transactions = new Transactions(this.watched)
  readonly tracking: Tracking
  readonly monitors = new Monitors(this.clock)

  constructor(commands: CommandList, config = new Config()) {
    this.commands = commands
    this.config = config
    this.limits = new EncodingLimits(config)
    this.slowLog = new SlowLog(config)
    this.bufferLimits = new BufferLimits(config, this.clock)
    this.notifications = new KeyspaceNotifications(config, this.pubsub)
    this.tracking = new Tracking(this.clients, this.outbox, config)
    this.scripts = new Scripts(config)
    this.libraries = new Libraries(this.scripts)
    this.frequency = new AccessFrequency(config)
    this.databases = Array.from(
      { length: this.config.number('databases') },
      (_, index) => new Database(index, this.clock, this, this.stats, this.frequency),
    )
    const { clock, databases, frequency, stats } = this
    this.activeExpiry = new ActiveExpiry(clock, databases)
    this.eviction = new Eviction(databases, clock, stats, config, frequency)
    this.clients.closeListeners.push((client) => this.forget(client))
  }

  added(database: Database, key: string): void {
    this.blocked.added(database, key)
  }

  changed(database: Database, key: string): void {
    this.stats.dirty++
    this.blocked.changed(database, key)
    this.watched.changed(database, key)
    this.tracking.changed(key, this.current)
  }

  vanished(database: Database, key: string): void {
    this.stats.dirty++
    this.blocked.changed(database, key)
    this.watched.changed(database, key)
    this.tracking.changed(key, undefined)
  }

  notify(database: Database, eventClass: EventClass, event: string, key: string): void {
    this.notifications.send(database.index, eventClass, event, key)
  }

  expires(database: Database, key: string, at: number): void {
    this.activeExpiry.add(database, key, at)
  }

  /** Removes all keys of a database, without one of all databases. */
  flush(database?: Database): void {
    for (const one of database ? [database] : this.databases) {
      for (const key of one.clear()) {
        this.stats.dirty++
        this.blocked.changed(one, key)
        this.watched.changed(one, key)
      }
    }
    this.activeExpiry.rebuild()
    this.tracking.flushed()
  }

  /** Exchanges the keys of two databases. Clients that wait in either look again. */
  swap(one: Database, other: Database): void {
    if (one === other) return
    one.swap(other)
    this.activeExpiry.rebuild()
    this.stats.dirty++
    this.watched.swapped(one, other)
    for (const database of [one, other]) this.blocked.lookAgain(database)
  }

  /**
   * Takes what arrives from outside, such as bytes of a client: at the time of now, and all that it
   * has to send is sent afterwards.
   */
  receive(what: string, work: () => void): void {
    this.clock.refresh()
    try {
      work()
    } catch (thrown) {
      this.faults.tell(what, thrown)
    }
    this.outbox.flush()
  }

  /** Counts an error that a client is answered that waited. */
  #countError(client: Client, reply: string): void {
    this.stats.countError(reply)
    const command = this.commands.find(client.lastCommand)
    if (command) command.stats.failed++
  }

  /** Drops all state of a client: its connection is closed, or RESET. */
  forget(client: Client): void {
    this.pubsub.forget(client)
    this.transactions.end(client)
    this.tracking.disable(client)
    this.monitors.remove(client)
  }
}
