import type { Follower, Following, FollowOptions } from '../store.ts'
import type { ScriptCall } from './script-call.ts'
import type { Script, WritingScript } from './scripts.ts'

/**
 * Sends the commands of the store to the servers of their keys: to one, or to nodes of a cluster.
 */
export interface RedisTopology {
  /** @throws ClosedError */
  checkOpen(): void

  /** Reads keys; resolves as `Store.getMany` does. */
  get(keys: readonly string[]): Promise<(Buffer | null | Error)[]>

  /** Runs a script for each call. Rejects only where none of them could be sent. */
  run<A>(script: Script<A>, calls: readonly ScriptCall[]): Promise<(A | Error)[]>

  /** Does the same for a script that writes values, and logs the keys where there is a log. */
  write<A>(script: WritingScript<A>, calls: readonly ScriptCall[]): Promise<(A | Error)[]>

  /**
   * Removes keys, without an entry in the log. Returns how many were there; rejects where one of
   * them could not be sent.
   */
  unlink(keys: readonly string[]): Promise<number>

  /** Yields pages of the keys that begin with `prefix`. */
  scan(prefix: string): AsyncIterable<string[]>

  /** Returns a time that every server with keys has reached, in ms since 1970. */
  clock(): Promise<number>

  /** Missing if a server that answers reads may be behind the one that reports writes. */
  follow?(follower: Follower, options: FollowOptions): Following

  /** Missing without a log, too. */
  followLog?(follower: Follower, options: FollowOptions): Following

  /** Logs that any key may have been written. Missing without a log. */
  logAll?(): Promise<void>

  close(): Promise<void>
}
