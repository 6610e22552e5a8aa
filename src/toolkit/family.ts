import { OptionError, ToolkitError } from '../errors.ts'
import { show } from '../options/show.ts'
import type { CommandOptions } from '../redis/command-client.ts'
import type { ScriptText } from '../redis/script-text.ts'
import type { Codec } from './codec/codec.ts'
import { decodeStored } from './codec/decode-stored.ts'
import { familyKey, type KitContext, scriptKeys } from './kit-context.ts'
import { refusalOf } from './refusal.ts'

/** Base of a thing that has several keys in one slot, which scripts make from the first. */
export abstract class Family {
  /** Begin of all keys, without the keyPrefix of the client. */
  readonly key: string
  readonly #context: KitContext
  readonly #keys: readonly string[]
  readonly #kind: string

  /**
   * @internal
   * @param kind the kind of the thing, which is in its keys: `index`
   * @throws OptionError
   */
  constructor(context: KitContext, kind: string, name: unknown) {
    this.key = familyKey(context, kind, name)
    this.#keys = scriptKeys(context, this.key)
    this.#context = context
    this.#kind = kind
  }

  /**
   * Runs a script with the begin of the keys as its key.
   *
   * @internal
   * @param args returns the arguments; what it throws rejects the promise, and keeps a batch from
   * being sent
   * @param read converts the reply
   */
  protected run<T>(
    script: ScriptText,
    args: () => (string | Buffer)[],
    read: (reply: unknown) => T,
    options?: CommandOptions,
  ): Promise<T> {
    return this.#deliver(() => this.#context.commands.runBuffer(script, this.#keys, args(), options), read)
  }

  /**
   * Sends a command with the begin of the keys as its key.
   *
   * @internal
   * @param args returns the arguments after the key
   */
  protected send<T>(
    command: string,
    args: () => (string | Buffer)[],
    read: (reply: unknown) => T,
  ): Promise<T> {
    return this.#deliver(() => this.#context.commands.call(command, [this.key, ...args()]), read)
  }

  /**
   * Converts an exception to a rejection, which, in a batch, keeps it from being sent.
   *
   * @internal
   * @param work sends a command, or returns a value without one
   */
  protected attempt<T>(work: () => Promise<T> | T): Promise<T> {
    const { batch } = this.#context
    try {
      const sent = work()
      return sent instanceof Promise ? sent : Promise.resolve(sent)
    } catch (error) {
      batch?.spoil(error)
      const failed = Promise.reject(error)
      return batch ? batch.deliver(failed) : failed
    }
  }

  #deliver<T>(sendIt: () => Promise<unknown>, read: (reply: unknown) => T): Promise<T> {
    const { batch } = this.#context
    let sent: Promise<T>
    try {
      sent = sendIt().then(read, (error: unknown) => {
        throw refusalOf(error, this.owner, `part of ${this.#article}`)
      })
    } catch (error) {
      sent = Promise.reject(error)
      batch?.spoil(error)
    }
    return batch ? batch.deliver(sent) : sent
  }

  /** Returns the value of a reply; undefined for null. @internal */
  protected decode<T>(codec: Codec<T, never>, reply: unknown): T | undefined {
    return Buffer.isBuffer(reply) ? this.decodeWith(codec, reply) : undefined
  }

  /** Returns the value of stored bytes. @internal */
  protected decodeWith<T>(codec: { decode(stored: Buffer): T }, stored: Buffer): T {
    return decodeStored(this.owner, codec, stored)
  }

  /** Refuses a method that needs several replies in turn. @internal */
  protected refuseBatch(method: string): void {
    if (this.#context.batch === undefined) return
    throw new ToolkitError(
      `${this.owner}: ${method} needs several replies in turn: use it outside of a pipeline or a transaction`,
      { reason: 'batch' },
    )
  }

  /** The subject of messages. @internal */
  protected get owner(): string {
    return `The ${this.#kind} '${this.key}'`
  }

  get #article(): string {
    return /^[aeiou]/.test(this.#kind) ? `an ${this.#kind}` : `a ${this.#kind}`
  }
}

/** @throws OptionError */
export function checkNonEmpty(what: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new OptionError(`${what} must be a string that is not empty; got ${show(value)}`)
}
