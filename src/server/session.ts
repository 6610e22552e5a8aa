import type { Client } from './clients/client.ts'
import type { TableCommand } from './commands/command-info.ts'
import type { Database } from './data/database.ts'
import type { Instance } from './instance.ts'
import type { ReplyForm } from './protocol/reply-form.ts'

/** Runs commands. Implemented by the dispatcher, for commands that call others. */
export interface Executor {
  /** Runs a command for another one: EXEC, scripts. Only its name and arity are checked. */
  run(session: Session, args: readonly string[]): string
  /** Returns the command or subcommand of a request; undefined if there is none. */
  find(args: readonly string[]): TableCommand | undefined
  /**
   * Calls a command that `find()` has returned, and whose arity fits. It is charged for the time
   * since the clock was read last.
   */
  call(session: Session, command: TableCommand, args: readonly string[]): string
}

/** Arguments of a command besides those of the request: its caller, and the data it works on. */
export interface Session {
  readonly instance: Instance
  /** Runs other commands, for those that are made of them. */
  readonly executor: Executor
  /** Where requests come from: a connection, or a script of one. */
  readonly origin: 'client' | 'script'
  readonly client: Client
  /** The selected database. */
  readonly database: Database
  /** How replies are encoded. */
  readonly form: ReplyForm
  /** False in transactions and scripts: a command that would block answers as after its timeout. */
  readonly mayBlock: boolean
  /** Selects another database. */
  select(index: number): void
}

/** The session of a connection. */
export class ClientSession implements Session {
  readonly instance: Instance
  readonly executor: Executor
  readonly origin = 'client'
  readonly client: Client
  database: Database
  mayBlock = true

  constructor(instance: Instance, executor: Executor, client: Client) {
    this.instance = instance
    this.executor = executor
    this.client = client
    this.database = instance.databases[0] as Database
  }

  get form(): ReplyForm {
    return this.client.form
  }

  select(index: number): void {
    this.database = this.instance.databases[index] as Database
    this.client.database = index
  }
}
