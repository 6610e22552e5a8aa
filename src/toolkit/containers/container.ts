import { OptionError, ToolkitError } from '../../errors.ts'
import type { Duration } from '../../options/duration.ts'
import { show } from '../../options/show.ts'
import type { ScriptText } from '../../redis/script-text.ts'
import { blockingCall } from '../blocking.ts'
import { type Codec, encodeFor } from '../codec/codec.ts'
import { decodeStored } from '../codec/decode-stored.ts'
import { containerKey, type KitContext } from '../kit-context.ts'
import { checkOneSlot } from '../one-slot.ts'
import { readLife } from '../read-life.ts'
import { refusalOf } from '../refusal.ts'
import { type Arguments, checkLength, noArguments } from './arguments.ts'
import { isOne } from './replies.ts'

/** Replies of TTL commands for a key that is absent, and for one without an end. */
const ABSENT = -2
const FOREVER = -1

/**
 * Base of all containers: one key of Redis, and its expiry.
 *
 * A method computes its arguments in a function, so that a wrong one rejects its promise, and, in a
 * batch, keeps the batch from being sent.
 */
export abstract class Container {
  /** Key of the container, without the keyPrefix of the client. */
  readonly key: string
  /** @internal */
  protected readonly context: KitContext
  /** The type of the container with its article, for messages: `a hash`. */
  readonly #type: string

  /** @internal */
  constructor(context: KitContext, type: string, name: unknown) {
    this.key = containerKey(context, type.replace(/^an? /, ''), name)
    this.context = context
    this.#type = type
  }

  /**
   * Ends the life of the container after a time, unless it is changed by another `expire`.
   *
   * @returns false if it does not exist
   * @throws DurationError
   *
   * @example
   * ```ts
   * await kit.hash('cart:7').expire('30m')
   * ```
   */
  expire(after: Duration): Promise<boolean> {
    return this.send('PEXPIRE', () => [String(readLife(after, `${this.owner}: expire`))], isOne)
  }

  /** Ends the life of the container at a time. @returns false if it does not exist */
  expireAt(at: Date): Promise<boolean> {
    return this.send('PEXPIREAT', () => [String(timeOf(at))], isOne)
  }

  /**
   * Returns the time that the container still has to live, in ms: Infinity if it has no end;
   * undefined if it does not exist.
   */
  ttl(): Promise<number | undefined> {
    return this.send('PTTL', noArguments, (reply) => {
      const left = Number(reply)
      if (left === ABSENT) return undefined
      return left === FOREVER ? Infinity : left
    })
  }

  /** Lets the container live on without an end. @returns false if it had none, or does not exist */
  persist(): Promise<boolean> {
    return this.send('PERSIST', noArguments, isOne)
  }

  /** Returns true if the container exists: one that is empty does not. */
  exists(): Promise<boolean> {
    return this.send('EXISTS', noArguments, isOne)
  }

  /** Removes the container with all that it holds. @returns false if it did not exist */
  clear(): Promise<boolean> {
    return this.send('UNLINK', noArguments, isOne)
  }

  /**
   * Sends a command on the key.
   *
   * @internal
   * @param args returns what comes after the key
   * @param read converts the reply
   */
  protected send<T>(command: string, args: () => Arguments, read: (reply: unknown) => T): Promise<T> {
    return this.deliver(() => this.#call(command, [this.key, ...args()], read))
  }

  /**
   * Sends a command on the key and on items; for no items it sends nothing.
   *
   * @internal
   */
  protected sendItems<T>(
    command: string,
    items: () => Arguments,
    read: (reply: unknown) => T,
    none: T,
  ): Promise<T> {
    return this.deliver(() => {
      const args = items()
      if (args.length === 0) return none
      return this.#call(command, [this.key, ...args], read)
    })
  }

  /**
   * Sends a command on the keys of several containers.
   *
   * @internal
   * @param args returns all arguments, for these keys
   */
  protected sendKeys<T>(
    command: string,
    keys: () => readonly string[],
    args: (keys: readonly string[]) => Arguments,
    read: (reply: unknown) => T,
  ): Promise<T> {
    return this.deliver(() => {
      const all = keys()
      this.checkKeys(all)
      checkOneSlot(this.context.client, this.owner, all)
      return this.#call(command, args(all), read)
    })
  }

  /** Refuses what has no key, such as a name, or an array of containers. @internal */
  protected checkKeys(keys: readonly unknown[]): void {
    if (keys.every((key) => typeof key === 'string')) return
    throw new OptionError(`${this.owner}: the others must be containers, such as kit.set('name')`)
  }

  /** Runs a script whose first key is that of the container. @internal */
  protected run<T>(script: ScriptText, args: () => Arguments, read: (reply: unknown) => T): Promise<T> {
    return this.deliver(() =>
      this.context.commands.runBuffer(script, [this.key], checkLength(args())).then(read, this.#refuse),
    )
  }

  /**
   * Sends a command that waits for a value.
   *
   * @internal
   * @returns the reply; null if the wait ended without one
   */
  protected block(
    command: string,
    argsFor: (seconds: string) => Arguments,
    within: Duration,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const options = { key: this.key, within, signal }
    return blockingCall(this.context, command, argsFor, options).catch(this.#refuse)
  }

  /** Returns the value of a reply; undefined for null. @internal */
  protected decode<T>(codec: Codec<T, never>, reply: unknown): T | undefined {
    return reply === null || reply === undefined ? undefined : this.decodeBytes(codec, reply as Buffer)
  }

  /** Returns the value of stored bytes, which are a part of a reply. @internal */
  protected decodeBytes<T>(codec: Codec<T, never>, stored: Buffer, reply?: readonly unknown[]): T {
    return decodeStored(this.owner, codec, stored, reply)
  }

  /** @internal */
  protected encode<In>(codec: Codec<unknown, In>, value: In): string | Buffer {
    return encodeFor(this.owner, codec, value)
  }

  /** Refuses a method that needs several trips in a batch, which sends all its commands at once. */
  protected refuseBatch(method: string): void {
    if (this.context.batch === undefined) return
    throw new ToolkitError(
      `${this.owner}: ${method} needs several replies in turn: use it outside of a pipeline or a transaction`,
      { reason: 'batch' },
    )
  }

  /** The subject of messages. @internal */
  protected get owner(): string {
    return `The ${this.#type.replace(/^an? /, '')} '${this.key}'`
  }

  /**
   * Converts an exception to a rejection, which, in a batch, keeps it from being sent. @internal
   */
  protected deliver<T>(work: () => Promise<T> | T): Promise<T> {
    const { batch } = this.context
    try {
      const sent = work()
      if (!(sent instanceof Promise)) return Promise.resolve(sent)
      return batch ? batch.deliver(sent) : sent
    } catch (error) {
      batch?.spoil(error)
      const failed = Promise.reject(error)
      return batch ? batch.deliver(failed) : failed
    }
  }

  #call<T>(command: string, args: Arguments, read: (reply: unknown) => T): Promise<T> {
    return this.context.commands.request(command, checkLength(args), { read, refuse: this.#refusal })
  }

  readonly #refusal = (error: unknown): unknown => refusalOf(error, this.owner, this.#type)

  readonly #refuse = (error: unknown): never => {
    throw this.#refusal(error)
  }
}

function timeOf(at: unknown): number {
  const time = at instanceof Date ? at.getTime() : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new OptionError(`expireAt takes a Date; got ${show(at)}`)
}
