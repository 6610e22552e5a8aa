import type { Clock } from '../../../clock.ts'
import { ClosedError, OptionError } from '../../../errors.ts'
import type { RedisClient, RedisServerClient } from '../../../redis/client.ts'
import { scriptFailure } from '../../../redis/failure.ts'
import type { RedisLink } from '../../../redis/link.ts'
import { scan } from '../../../redis/scan.ts'
import type { Follower, Following, FollowOptions } from '../../store.ts'
import { argumentsOf, type ScriptCall } from '../job.ts'
import type { Script } from '../scripts.ts'
import type { RedisTopology } from '../topology.ts'
import { FOLLOWED, RedisFollowing } from '../tracking/following.ts'
import { chunksOf, scriptBatches, sendAll } from './batches.ts'

/** All keys on one server: they share a command. */
export class OneServer implements RedisTopology {
  readonly #link: RedisLink
  readonly #replica: RedisLink | undefined
  readonly #chunkSize: number
  readonly #clock: Clock
  readonly follow?: NonNullable<RedisTopology['follow']>
  #following: Following | undefined

  /**
   * @param chunkSize how many keys one command takes
   * @param replica where to read, while it serves
   */
  constructor(link: RedisLink, chunkSize: number, clock: Clock, replica?: RedisLink) {
    this.#link = link
    this.#chunkSize = chunkSize
    this.#clock = clock
    this.#replica = replica
    // What a replica answers may be older than what the primary has told.
    if (!replica) this.follow = (follower, options) => this.#follow(follower, options)
  }

  #follow(follower: Follower, options: FollowOptions): Following {
    this.checkOpen()
    if (this.#following) throw new OptionError(FOLLOWED)
    this.#following = new RedisFollowing(
      this.#link.client as RedisServerClient,
      this.#clock,
      follower,
      options,
    )
    return this.#following
  }

  checkOpen(): void {
    this.#link.checkOpen()
  }

  get(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return sendAll(chunksOf(keys, this.#chunkSize), (chunk) =>
      this.#read((client) => client.mgetBuffer(chunk)),
    )
  }

  run<A>(script: Script<A>, jobs: readonly ScriptCall[]): Promise<(A | Error)[]> {
    return sendAll(scriptBatches(jobs), async (batch) => {
      const keys = batch.map(({ key }) => key)
      const answers = await this.#link.run(script, keys, argumentsOf(batch))
      return answers.map((answer) => script.read(answer) ?? this.#failure(String(answer)))
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

  async clock(): Promise<number> {
    const [seconds, micros] = await this.#link.send((client) => client.time())
    return Number(seconds) * 1000 + Number(micros) / 1000
  }

  async close(): Promise<void> {
    await Promise.all([this.#following?.close(), this.#link.close(), this.#replica?.close()])
  }

  async #read<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    const replica = this.#replica
    if (!replica?.serves) return this.#link.send(command)
    return replica.send(command).catch((error: unknown) => {
      if (error instanceof ClosedError) throw error
      return this.#link.send(command)
    })
  }

  #failure(text: string): Error {
    this.#link.leaveReplica(text)
    return scriptFailure(this.#link.server, text)
  }
}
