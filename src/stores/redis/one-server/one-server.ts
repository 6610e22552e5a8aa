import type { Clock } from '../../../clock.ts'
import { ClosedError } from '../../../errors.ts'
import type { RedisClient, RedisServerClient } from '../../../redis/client.ts'
import { scriptFailure } from '../../../redis/failure.ts'
import type { RedisLink } from '../../../redis/link.ts'
import { scan } from '../../../redis/scan.ts'
import { argumentsOf, type ScriptCall } from '../script-call.ts'
import type { Script } from '../scripts.ts'
import type { RedisTopology } from '../topology.ts'
import { RedisFollowing } from '../tracking/following.ts'
import { chunksOf, scriptBatches, sendAll } from './batches.ts'

/** All keys on one server: they share a command. */
export class OneServer implements RedisTopology {
  readonly #link: RedisLink
  readonly #replica: RedisLink | undefined
  readonly #chunkSize: number
  readonly follow?: NonNullable<RedisTopology['follow']>

  /**
   * @param chunkSize most keys of one command
   * @param replica where to read while it serves
   */
  constructor(link: RedisLink, chunkSize: number, clock: Clock, replica?: RedisLink) {
    this.#link = link
    this.#chunkSize = chunkSize
    this.#replica = replica
    if (!replica) {
      this.follow = (follower, options) =>
        new RedisFollowing(link.client as RedisServerClient, clock, follower, options)
    }
  }

  checkOpen(): void {
    this.#link.checkOpen()
  }

  get(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return sendAll(chunksOf(keys, this.#chunkSize), (chunk) =>
      this.#read((client) => client.mgetBuffer(chunk)),
    )
  }

  run<A>(script: Script<A>, calls: readonly ScriptCall[]): Promise<(A | Error)[]> {
    return sendAll(scriptBatches(calls), async (batch) => {
      const keys = batch.map(({ key }) => key)
      const results = await this.#link.run(script, keys, argumentsOf(batch))
      return results.map((result) => script.read(result) ?? this.#failure(String(result)))
    })
  }

  async unlink(keys: readonly string[]): Promise<number> {
    const chunks = chunksOf(keys, this.#chunkSize)
    const counts = await Promise.all(chunks.map((chunk) => this.#link.send((client) => client.unlink(chunk))))
    return counts.reduce((sum, count) => sum + Number(count), 0)
  }

  scan(prefix: string): AsyncIterable<string[]> {
    const { keyPrefix } = this.#link
    return scan(this.#link, keyPrefix + prefix, Buffer.byteLength(keyPrefix))
  }

  clock(): Promise<number> {
    return this.#link.time()
  }

  async close(): Promise<void> {
    await Promise.all([this.#link.close(), this.#replica?.close()])
  }

  async #read<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    const replica = this.#replica
    if (!replica?.serves) return this.#link.send(command)
    return replica.send(command).catch((error: unknown) => {
      if (error instanceof ClosedError) throw error
      return this.#link.send(command)
    })
  }

  #failure(message: string): Error {
    this.#link.leaveReplica(message)
    return scriptFailure(this.#link.server, message)
  }
}
