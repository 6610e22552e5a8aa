import type { Client } from '../clients/client.ts'
import type { Database } from '../data/database.ts'
import type { Instance } from '../instance.ts'
import type { ReplyForm } from '../protocol/reply-form.ts'
import type { Executor, Session } from '../session.ts'

/** The session of a client while EXEC runs its requests: nothing blocks. */
export class TransactionSession implements Session {
  readonly instance: Instance
  readonly executor: Executor
  readonly origin = 'client'
  readonly client: Client
  readonly mayBlock = false
  readonly #session: Session

  constructor(session: Session) {
    this.instance = session.instance
    this.executor = session.executor
    this.client = session.client
    this.#session = session
  }

  get database(): Database {
    return this.#session.database
  }

  get form(): ReplyForm {
    return this.#session.form
  }

  select(index: number): void {
    this.#session.select(index)
  }
}
