import { type Clock, processClock } from '../clock.ts'
import { type ClosedError, OptionError, StoreError, StreamError, type StreamErrorReason } from '../errors.ts'
import { type BlockingConnection, isLostConnection } from '../redis/blocking-connection.ts'
import { CommandClient } from '../redis/command-client.ts'
import type { RedisSource } from '../redis/open-client.ts'
import { scriptText } from '../redis/script-text.ts'
import { keySlot } from '../redis/slot.ts'

/** Longest time that one command blocks, in ms. A longer read asks again. */
const BLOCK_AT_ONCE = 5_000
/** Longest wait of a read with a time limit for its connection, in ms, beside this limit. */
const CONNECT_WITHIN = 7_000

/** `pcall` returns the error of the command as it is. */
const CONTAINER = scriptText('return redis.pcall(ARGV[1], ARGV[2], KEYS[1], unpack(ARGV, 3))')

/** Errors of Redis that a user of streams can do something about. */
const REFUSALS: readonly (readonly [start: RegExp, reason: StreamErrorReason, advice: string])[] = [
  [/^-?WRONGTYPE/, 'wrong-type', 'the key holds something else than a stream'],
  [/^-?NOGROUP/, 'no-group', 'the consumer group does not exist (or no longer): call create()'],
  [/specified in X(ADD|SETID) /, 'id-too-small', 'the id must be above that of the last message'],
  [/^ERR The ID specified must be greater than 0-0/, 'id-too-small', 'the smallest id is 0-1'],
  [/ERR no such key|requires the key to exist/, 'no-stream', 'the stream does not exist'],
  [
    /^ERR Invalid stream ID/,
    'not-supported',
    'a Date as the id of a message needs Redis 7: use { date, sequence }',
  ],
]

export interface BlockingRead {
  /** Key that the read waits for, or one of them. */
  readonly key: string
  /** Longest wait, in ms. */
  readonly block: number
  /** True if the command may be sent again after a lost connection. */
  readonly repeatable: boolean
  readonly signal: AbortSignal | undefined
}

/** Sends the commands of a stream, or of a group: each such object has one. */
export class StreamConnection {
  readonly #commands: CommandClient
  readonly #owner: string
  /**
   * A connection for blocking reads that is not in use. Others are opened for reads at one time.
   */
  #idle: BlockingConnection | undefined

  /**
   * @param owner the subject of messages, such as `The stream "orders"`
   * @param type for messages about options, such as `Stream`
   */
  constructor(owner: string, type: string, redis: RedisSource, clock: Clock = processClock) {
    this.#owner = owner
    this.#commands = new CommandClient(owner, type, redis, [CONTAINER], clock)
  }

  get closed(): boolean {
    return this.#commands.closed
  }

  get keyPrefix(): string {
    return this.#commands.keyPrefix
  }

  closedError(): ClosedError {
    return this.#commands.closedError()
  }

  /** @throws OptionError where a command cannot have all keys, since a cluster has them apart */
  checkOneSlot(keys: readonly string[]): void {
    if (!this.#commands.isCluster) return
    const slots = new Set(keys.map((key) => keySlot(this.keyPrefix + key)))
    if (slots.size <= 1) return
    throw new OptionError(
      `${this.#owner}: in a Redis Cluster streams that are read together must be in one slot: ` +
        `give their keys the same part in braces, such as {shop}:${keys[0]} and {shop}:${keys[1]}`,
    )
  }

  /** @throws ClosedError, StoreError, StreamError, the reason of the signal */
  async call(command: string, args: readonly (string | Buffer)[], signal?: AbortSignal): Promise<unknown> {
    return this.#commands.call(command, args, { signal }).catch((error: unknown) => {
      throw this.#refusal(error)
    })
  }

  /**
   * Sends a command that has a subcommand before its key. ioredis 5 does not add its keyPrefix to
   * such a key, and sends it to any node of a cluster; to the keys of a script it does.
   */
  async callContainer(
    command: 'XGROUP' | 'XINFO',
    subcommand: string,
    key: string,
    args: readonly string[] = [],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const all = [command, subcommand, ...args]
    return this.#commands.runBuffer(CONTAINER, [key], all, { signal }).catch((error: unknown) => {
      throw this.#refusal(error)
    })
  }

  /**
   * Sends a command that waits for messages.
   *
   * @param argsFor returns its arguments for a time to block, in ms
   * @returns the reply, or null where no message came in time
   * @throws ClosedError, StoreError, StreamError, the reason of the signal
   */
  async block(
    command: string,
    argsFor: (ms: number) => readonly (string | Buffer)[],
    { key, block, repeatable, signal }: BlockingRead,
  ): Promise<unknown> {
    const connection = this.#idle ?? this.#commands.blocking()
    this.#idle = undefined
    try {
      for (let left = block; left > 0; ) {
        const ms = Math.min(left, BLOCK_AT_ONCE)
        const options = { key, blockFor: ms, connectWithin: left + CONNECT_WITHIN, signal }
        const sent = connection.send(command, argsFor(ms), options)
        const reply = await sent.catch((error: unknown) => {
          if (repeatable && isLostConnection(error)) return undefined
          throw this.#refusal(error)
        })
        if (reply !== null && reply !== undefined) return reply
        if (reply === null) left -= ms
      }
      return null
    } finally {
      // One is enough for reads that follow each other.
      if (this.#idle) connection.close()
      else this.#idle = connection
    }
  }

  close(): Promise<void> {
    return this.#commands.close()
  }

  #refusal(error: unknown): unknown {
    if (!(error instanceof StoreError) || !(error.cause instanceof Error)) return error
    const { message } = error.cause
    const [, reason, advice] = REFUSALS.find(([start]) => start.test(message)) ?? []
    if (reason === undefined) return error
    return new StreamError(`${this.#owner}: ${advice} (${message})`, { reason, cause: error.cause })
  }
}
