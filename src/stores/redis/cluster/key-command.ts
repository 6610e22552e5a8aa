import type { RedisClient, RedisPipeline } from '../../../redis/client.ts'
import { scriptFailure } from '../../../redis/failure.ts'
import { argumentsOf, type ScriptCall } from '../script-call.ts'
import type { Script } from '../scripts.ts'

/** A command for one key of a cluster, with an argument `T` and a result `A`. */
export interface KeyCommand<T, A> {
  /** True if it changes nothing, so that a replica may serve it. */
  readonly reads: boolean
  keyOf(item: T): string
  /** Adds it to the pipeline of a node. */
  pipe(pipeline: RedisPipeline, key: string, item: T): void
  /** Sends it alone. */
  send(client: RedisClient, key: string, item: T): Promise<unknown>
  /** Reads a reply. @param server for messages */
  read(answer: unknown, server: string): A | Error
}

export const GET: KeyCommand<string, Buffer | null> = {
  reads: true,
  keyOf: (key) => key,
  pipe: (pipeline, key) => pipeline.getBuffer(key),
  send: (client, key) => client.getBuffer(key),
  read: (answer) => answer as Buffer | null,
}

export const UNLINK: KeyCommand<string, number> = {
  reads: false,
  keyOf: (key) => key,
  pipe: (pipeline, key) => pipeline.unlink(key),
  send: (client, key) => client.unlink([key]),
  read: Number,
}

/** A script call with all its arguments: sent twice, it writes the same random bytes. */
export interface ReadyCall {
  readonly key: string
  readonly args: readonly (string | Buffer)[]
}

export function ready(call: ScriptCall): ReadyCall {
  return { key: call.key, args: argumentsOf([call]) }
}

export function runScript<A>({ sha, text, read }: Script<A>): KeyCommand<ReadyCall, A> {
  return {
    reads: false,
    keyOf: ({ key }) => key,
    pipe: (pipeline, key, { args }) => pipeline.evalsha(sha, 1, key, ...args),
    // With its text: the node that it was redirected to may not know the script.
    send: (client, key, { args }) => client.eval(text, 1, key, ...args),
    read: (answer, server) => {
      const [ofKey] = answer as unknown[]
      return read(ofKey) ?? scriptFailure(server, String(ofKey))
    },
  }
}
