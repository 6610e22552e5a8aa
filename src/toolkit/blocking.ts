import type { Duration } from '../options/duration.ts'
import type { BlockingConnection } from '../redis/blocking-connection.ts'
import type { CommandClient } from '../redis/command-client.ts'
import type { KitContext } from './kit-context.ts'
import { readLife } from './read-life.ts'

/** Longest time that one command blocks, in ms. A longer wait asks again. */
const BLOCK_AT_ONCE = 5_000
/** Longest wait for a connection, in ms, beside the bound of the wait itself. */
const CONNECT_WITHIN = 7_000

/** Options of a method that waits. */
export interface WaitOptions {
  /**
   * Ends the wait. A value that arrives at this moment may be taken from Redis and lost: where that
   * matters, move values by `blockingMove`, and delete them when they are processed.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
}

/** A connection that waits nowhere, for the next wait; others are opened for waits at one time. */
const idle = new WeakMap<CommandClient, BlockingConnection>()

/**
 * Sends a command that waits for a value, on a connection of its own.
 *
 * @param argsFor returns the arguments for a time to block, in seconds
 * @returns the reply; null if the wait ended without one
 * @throws ClosedError, StoreError, DurationError, the reason of the signal. A connection that is
 * lost during the wait rejects it: the server may have answered
 */
export async function blockingCall(
  { client }: KitContext,
  command: string,
  argsFor: (seconds: string) => readonly (string | Buffer)[],
  { key, within, signal }: WaitOptions & { readonly key: string; readonly within: Duration },
): Promise<unknown> {
  let left = readLife(within, `The longest wait of ${command}`)
  signal?.throwIfAborted()
  const connection = idle.get(client) ?? client.blocking()
  idle.delete(client)
  try {
    while (left > 0) {
      const blockFor = Math.min(left, BLOCK_AT_ONCE)
      const options = { key, blockFor, connectWithin: left + CONNECT_WITHIN, signal }
      const reply = await connection.send(command, argsFor(String(blockFor / 1_000)), options)
      if (reply !== null) return reply
      left -= blockFor
    }
    return null
  } finally {
    if (idle.has(client)) connection.close()
    else if (!connection.closed) idle.set(client, connection)
  }
}
