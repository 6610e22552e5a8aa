import type { Client } from './clients/client.ts'
import type { Database } from './data/database.ts'
import type { Instance } from './instance.ts'
import type { ReplyForm } from './protocol/reply-form.ts'

/** What a command is given: who calls it, and what it works on. */
export interface Session {
  readonly instance: Instance
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
  readonly client: Client
  database: Database
  mayBlock = true

  constructor(instance: Instance, client: Client) {
    this.instance = instance
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
