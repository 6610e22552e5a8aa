import type { Client } from '../../clients/client.ts'
import { NO_MEMORY } from '../../command-error.ts'
import type { Database } from '../../data/database.ts'
import type { Instance } from '../../instance.ts'
import { error } from '../../protocol/reply.ts'
import { RESP2, RESP3, type ReplyForm } from '../../protocol/reply-form.ts'
import { type ScriptHost, TOO_LONG } from '../../scripting/lua-engine.ts'
import type { Executor, Session } from '../../session.ts'
import { isRead } from '../../tracking/tracking.ts'
import type { TableCommand } from '../command-info.ts'

/** Commands that Redis sends to replicas: a read-only script may not call them. */
const REPLICATED = new Set(['pfcount', 'publish', 'spublish'])

const UNKNOWN = error('ERR Unknown Redis command called from script')
const WRONG_NUMBER = error('ERR Wrong number of args calling Redis command from script')
const NOT_ALLOWED = error('ERR This Redis command is not allowed from script')
const READ_ONLY = error('ERR Write commands are not allowed from read-only scripts.')
const OUT_OF_MEMORY = error(NO_MEMORY.message)
const ENDED = error(`ERR ${TOO_LONG}`)

export interface ScriptRights {
  /** It may not write. */
  readonly readOnly: boolean
  /** It may write when the memory is full. */
  readonly allowOom: boolean
}

/** One run of a script: the session of the commands that it calls. */
export class ScriptRun implements Session, ScriptHost {
  readonly instance: Instance
  readonly executor: Executor
  readonly origin = 'script'
  readonly client: Client
  readonly mayBlock = false
  /** SELECT in a script does not change the database of the client. */
  database: Database
  version: 2 | 3 = 2
  readonly #rights: ScriptRights
  readonly #keys: readonly string[]
  #dirty = false
  readonly #endsAt: number
  /** The last error reply of a command. */
  #lastError = ''

  /** @param keys those that the request declares: what is tracked if the script reads any key */
  constructor(caller: Session, rights: ScriptRights, keys: readonly string[]) {
    this.instance = caller.instance
    this.executor = caller.executor
    this.client = caller.client
    this.database = caller.database
    this.#rights = rights
    this.#keys = keys
    this.#endsAt = this.instance.clock.readAt + this.instance.scripts.timeLimit
  }

  /** True if it has called a command that writes. */
  get hasWritten(): boolean {
    return this.#dirty
  }

  get form(): ReplyForm {
    return this.version === 3 ? RESP3 : RESP2
  }

  select(index: number): void {
    this.database = this.instance.databases[index] as Database
  }

  call(args: readonly string[]): string {
    // The command is not charged for what the script has done since the call before.
    if (this.instance.clock.read() > this.#endsAt) return ENDED
    const command = this.executor.find(args)
    if (command === undefined) return this.#refuse(UNKNOWN)
    const refusal = this.#refusal(command, args)
    if (refusal !== undefined) {
      command.stats.rejected++
      return this.#refuse(refusal)
    }
    // One that answers later does not know a script.
    const reply = this.executor.call(this, command, args) || NOT_ALLOWED
    const { tracking } = this.instance
    if (tracking.size > 0 && isRead(command)) tracking.rememberKeys(this.client, this.#keys)
    return this.#noted(reply)
  }

  /**
   * Takes back the count of the last command's error, if the script answers it, too: its reply is
   * counted once more.
   *
   * @param message that of the script's error, with its code
   */
  uncount(message: string): void {
    const error = this.#lastError
    if (error !== '' && message.startsWith(error.slice(1, -2))) this.instance.stats.uncountError(error)
  }

  #refuse(refusal: string): string {
    this.instance.stats.countError(refusal)
    return this.#noted(refusal)
  }

  #noted(reply: string): string {
    if (reply.charCodeAt(0) === 45) this.#lastError = reply
    return reply
  }

  exists(args: readonly string[]): boolean {
    return this.executor.find(args) !== undefined
  }

  #refusal(command: TableCommand, args: readonly string[]): string | undefined {
    const { arity, flagSet } = command
    if (arity >= 0 ? args.length !== arity : args.length < -arity) return WRONG_NUMBER
    if (flagSet.has('noscript')) return NOT_ALLOWED
    const writes = flagSet.has('write')
    if (this.#rights.readOnly && (writes || REPLICATED.has(command.name))) return READ_ONLY
    if (flagSet.has('denyoom') && !this.#dirty && !this.#rights.allowOom && this.instance.eviction.isFull)
      return OUT_OF_MEMORY
    if (writes) this.#dirty = true
    return undefined
  }
}
