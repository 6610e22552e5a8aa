import { type Clock, processClock } from '../clock.ts'
import { ClosedError } from '../errors.ts'
import { BlockingConnection } from './blocking-connection.ts'
import {
  type ClientOptions,
  describeServer,
  isClusterClient,
  keyPrefixOf,
  type RedisCommandClient,
} from './client.ts'
import { watchClient } from './client-watch.ts'
import { Connection } from './connection.ts'
import { type ConnectionRecipe, recipeOf } from './connection-recipe.ts'
import { isLost, storeFailure, withoutCommand } from './failure.ts'
import { openClient, type RedisSource } from './open-client.ts'
import { runScript } from './run-script.ts'
import { scanNodes } from './scan-nodes.ts'
import type { ScriptText } from './script-text.ts'
import { type BatchCommand, type BatchReply, sendPipeline, sendTransaction } from './send-batch.ts'
import { Subscription } from './subscription.ts'
import { type Conversions, WaitingCommands } from './waiting-commands.ts'

export interface CommandOptions {
  /** Ends the wait for the reply. The command may have been sent, and is carried out then. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends commands of streams and queues, by a client of the application or by one of its own.
 *
 * A command may wait for the connection: as long as the options of the client say, about 7 s for
 * one of its own. `close` and the signal of a command end the wait at once. A command whose
 * connection is lost before its reply is not sent again; the server may have carried it out.
 */
export class CommandClient {
  readonly #owner: string
  readonly #client: RedisCommandClient
  readonly #clock: Clock
  /** State of a client of its own. The application's client is left alone. */
  readonly #connection: Connection | undefined
  #closed = false
  readonly #waiting: WaitingCommands
  readonly #blocking = new Set<BlockingConnection | Subscription>()

  /**
   * @param owner the subject of messages, such as `The stream "orders"`
   * @param type for messages about options, such as `Stream`
   * @param scripts loaded at each connection of a client of its own
   * @throws OptionError
   */
  constructor(
    owner: string,
    type: string,
    redis: RedisSource,
    scripts: readonly ScriptText[] = [],
    clock: Clock = processClock,
  ) {
    const { client, may } = openClient(type, redis)
    this.#owner = owner
    this.#client = client
    this.#clock = clock
    this.#waiting = new WaitingCommands((error) => this.#failure(error), may.close)
    if (may.close) {
      this.#connection = new Connection(owner, client, may, clock, () => {
        for (const { text } of scripts) client.script('LOAD', text).catch(() => {})
        this.#waiting.connected()
      })
      // ioredis forgets commands whose connection was lost, where it is not to send them again.
      client.on('close', () => this.#waiting.lost())
    } else watchClient(client)
  }

  /** For messages. */
  get server(): string {
    return describeServer(this.#client)
  }

  get isCluster(): boolean {
    return isClusterClient(this.#client)
  }

  /** Prefix that ioredis adds to each key of a command. */
  get keyPrefix(): string {
    return keyPrefixOf(this.#client)
  }

  /** For another thread, to open a connection like this one; undefined where it cannot. */
  get recipe(): ConnectionRecipe | undefined {
    return recipeOf(this.#client)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** @throws ClosedError */
  checkOpen(): void {
    if (this.#closed) throw this.closedError()
  }

  closedError(): ClosedError {
    return new ClosedError(this.#owner)
  }

  /**
   * Sends any command. Keys are given without the keyPrefix.
   *
   * @returns the reply, with a Buffer for each string in it
   * @throws ClosedError, StoreError, StoreTimeoutError, the reason of the signal
   */
  call(command: string, args: readonly (string | Buffer)[], options?: CommandOptions): Promise<unknown> {
    return this.#send((client) => callBuffer(client, command, args), options)
  }

  /** Sends a command like {@link call}, and converts its reply, and its error, on the way. */
  request<T>(command: string, args: readonly (string | Buffer)[], conversions: Conversions<T>): Promise<T> {
    if (this.#closed) return Promise.reject(this.closedError())
    const send = (client: RedisCommandClient) => callBuffer(client, command, args)
    return this.#waiting.until(send, this.#client, undefined, conversions)
  }

  /** Runs a script. @returns the reply, with a string for each string in it */
  run(
    script: ScriptText,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    options?: CommandOptions,
  ): Promise<unknown> {
    return runScript(
      (command, name) =>
        this.#send((client) => client[command](name, keys.length, ...keys, ...args), options),
      script,
    )
  }

  /** Runs a script. @returns the reply, with a Buffer for each string in it */
  runBuffer(
    script: ScriptText,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    options?: CommandOptions,
  ): Promise<unknown> {
    const all = [String(keys.length), ...keys, ...args]
    return runScript((command, name) => this.call(command, [name, ...all], options), script)
  }

  /**
   * Sends commands together, each string of whose replies is a Buffer. Those of a transaction are
   * run without any other between them; in a cluster they must be of one slot.
   *
   * @throws ClosedError, StoreError
   */
  async batch(
    kind: 'pipeline' | 'transaction',
    commands: readonly BatchCommand[],
  ): Promise<readonly BatchReply[]> {
    const replies = await this.#send((client) => {
      if (kind === 'transaction') return sendTransaction(client, commands)
      return sendPipeline(client, commands, this.keyPrefix)
    }, undefined)
    return (replies as readonly BatchReply[]).map(([error, reply]) => [error && this.#failure(error), reply])
  }

  /**
   * Yields the keys of all nodes that match a pattern, in pages. To the pattern and to the keys
   * belongs the keyPrefix.
   */
  scan(pattern: string): AsyncGenerator<Buffer[], void, void> {
    return scanNodes(
      this.#client,
      (client, args) => this.#send(() => client.callBuffer('SCAN', args), undefined),
      pattern,
    )
  }

  /** Makes a connection for commands that block. It opens at its first command. */
  blocking(): BlockingConnection {
    this.checkOpen()
    const connection = new BlockingConnection(this.#owner, this.#client, this.#clock, () =>
      this.#blocking.delete(connection),
    )
    this.#blocking.add(connection)
    return connection
  }

  /** Makes a connection that listens on channels. It opens at its first one. */
  subscription(): Subscription {
    this.checkOpen()
    const subscription = new Subscription(this.#owner, this.#client, this.#clock, () =>
      this.#blocking.delete(subscription),
    )
    this.#blocking.add(subscription)
    return subscription
  }

  /** Ends all waits with a ClosedError, and closes every connection that is not the caller's. */
  async close(): Promise<void> {
    this.#closed = true
    const closed = this.#connection?.close()
    this.#waiting.endAll(this.closedError())
    for (const connection of this.#blocking) connection.close()
    await closed
  }

  #send(
    command: (client: RedisCommandClient) => Promise<unknown>,
    options: CommandOptions | undefined,
  ): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.closedError())
    const signal = options?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    return this.#waiting.until(command, this.#client, signal)
  }

  /** Names the reason why there is no connection: ioredis says only how often it tried. */
  #failure(error: unknown): Error {
    const lastError = this.#connection?.lastError
    if (lastError && isLost(withoutCommand(error).message)) {
      return storeFailure(this.server, 'is not connected', lastError)
    }
    return storeFailure(this.server, 'failed', error)
  }
}

/**
 * Sends any command. A client of ioredis that pipelines by itself (`enableAutoPipelining`) loses
 * the name of a command that is sent by `call`, and throws where none can catch it. So the command
 * is a pipeline of its own there.
 */
async function callBuffer(
  client: RedisCommandClient,
  command: string,
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  // ioredis copies them.
  const own = args as (string | Buffer)[]
  if (!(client.options as ClientOptions).enableAutoPipelining) return client.callBuffer(command, own)
  const pipeline = client.pipeline()
  pipeline.callBuffer(command, own)
  const [[error, reply] = []] = (await pipeline.exec()) ?? []
  if (error) throw error
  return reply
}
