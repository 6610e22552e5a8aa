import type { Follower, Following, FollowOptions } from '../store.ts'
import type { ScriptCall } from './job.ts'
import type { Script } from './scripts.ts'

/** How the commands of the store reach their keys: all on one server, or spread over the nodes of a cluster. */
export interface RedisTopology {
  /** @throws ClosedError */
  checkOpen(): void

  /** Reads keys; answers as `Store.getMany` does. */
  get(keys: readonly string[]): Promise<(Buffer | null | Error)[]>

  /** Runs a script for keys, and answers for each of them. Rejects only where none of them could be sent. */
  run<A>(script: Script<A>, jobs: readonly ScriptCall[]): Promise<(A | Error)[]>

  /** Removes keys, and answers how many were there. Rejects where one of them could not be sent. */
  unlink(keys: readonly string[]): Promise<number>

  /** Pages of the keys that begin with `prefix`. */
  scan(prefix: string): AsyncIterable<string[]>

  /** Milliseconds since 1970: a time that no server which serves keys has not reached yet. */
  clock(): Promise<number>

  /** Only where one server applies all writes and answers all reads. */
  follow?(follower: Follower, options: FollowOptions): Following

  close(): Promise<void>
}
