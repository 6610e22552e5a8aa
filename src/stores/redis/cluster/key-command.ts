import type { RedisClient, RedisPipeline } from '../../../redis/client.ts'
import { scriptFailure } from '../../../redis/failure.ts'
import { argumentsOf, type ScriptCall } from '../job.ts'
import type { Script } from '../scripts.ts'

/** A command for one key, as a cluster takes it: `T` is what is asked for, `A` the answer. */
export interface KeyCommand<T, A> {
  /** It changes nothing: a replica may answer. */
  readonly reads: boolean
  keyOf(item: T): string
  /** Adds it to what one node is sent. */
  pipe(pipeline: RedisPipeline, key: string, item: T): void
  /** Sends it by itself. */
  send(client: RedisClient, key: string, item: T): Promise<unknown>
  /** What an answer says; `server` is for messages. */
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

/** A job with its arguments: a repeated write makes the same random bytes. */
export interface ReadyJob {
  readonly key: string
  readonly args: readonly (string | Buffer)[]
}

export function ready(job: ScriptCall): ReadyJob {
  return { key: job.key, args: argumentsOf([job]) }
}

export function runScript<A>({ sha, text, read }: Script<A>): KeyCommand<ReadyJob, A> {
  return {
    reads: false,
    keyOf: ({ key }) => key,
    pipe: (pipeline, key, { args }) => pipeline.evalsha(sha, 1, key, ...args),
    // With its text: where it was moved to, or why it failed, the script may be unknown.
    send: (client, key, { args }) => client.eval(text, 1, key, ...args),
    read: (answer, server) => {
      const [ofKey] = answer as unknown[]
      return read(ofKey) ?? scriptFailure(server, String(ofKey))
    },
  }
}
