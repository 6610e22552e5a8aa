import type { Clock } from '../../../clock.ts'
import { ClosedError } from '../../../errors.ts'
import type { RedisClient, RedisServerClient } from '../../../redis/client.ts'
import { scriptFailure } from '../../../redis/failure.ts'
import type { RedisLink } from '../../../redis/link.ts'
import { scan } from '../../../redis/scan.ts'
import { APPEND_ENTRY } from '../log/append.ts'
import { CLEARED } from '../log/log-entries.ts'
import { LogFollowing } from '../log/log-following.ts'
import type { ResolvedLogOptions } from '../log/log-options.ts'
import { argumentsOf, type ScriptCall } from '../script-call.ts'
import type { Script, WritingScript } from '../scripts.ts'
import type { RedisTopology } from '../topology.ts'
import { RedisFollowing } from '../tracking/following.ts'
import { chunksOf, scriptBatches, sendAll } from './batches.ts'

export interface OneServerSettings {
  /** Most keys of one command. */
  readonly chunkSize: number
  readonly log?: ResolvedLogOptions | undefined
}

/** All keys on one server: they share a command. */
export class OneServer implements RedisTopology {
  readonly #link: RedisLink
  readonly #replica: RedisLink | undefined
  readonly #chunkSize: number
  readonly #log: ResolvedLogOptions | undefined
  readonly follow?: NonNullable<RedisTopology['follow']>
  readonly followLog?: NonNullable<RedisTopology['followLog']>
  readonly logAll?: NonNullable<RedisTopology['logAll']>

  /** @param replica where to read while it serves */
  constructor(link: RedisLink, { chunkSize, log }: OneServerSettings, clock: Clock, replica?: RedisLink) {
    this.#link = link
    this.#chunkSize = chunkSize
    this.#log = log
    this.#replica = replica
    const client = link.client as RedisServerClient
    if (!replica) {
      this.follow = (follower, options) => new RedisFollowing(client, clock, follower, options)
    }
    if (!log) return
    this.logAll = () => this.#logAll(log)
    if (replica) return
    this.followLog = (follower, options) => new LogFollowing(client, log, clock, follower, options)
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
    return this.#run(script, calls, [], [])
  }

  write<A>(script: WritingScript<A>, calls: readonly ScriptCall[]): Promise<(A | Error)[]> {
    if (!this.#log) return this.#run(script, calls, [], [])
    const { key, maxLength } = this.#log
    const skip = Buffer.byteLength(this.#link.keyPrefix)
    return this.#run(script.logged, calls, [key], [String(maxLength), String(skip)])
  }

  #run<A>(
    script: Script<A>,
    calls: readonly ScriptCall[],
    moreKeys: readonly string[],
    moreArgs: readonly string[],
  ): Promise<(A | Error)[]> {
    return sendAll(scriptBatches(calls), async (batch) => {
      const keys = batch.map(({ key }) => key)
      const args = [...argumentsOf(batch), ...moreArgs]
      const results = await this.#link.run(script, [...keys, ...moreKeys], args)
      return results.map((result) => script.read(result) ?? this.#failure(String(result)))
    })
  }

  async unlink(keys: readonly string[]): Promise<number> {
    const chunks = chunksOf(keys, this.#chunkSize)
    const counts = await Promise.all(chunks.map((chunk) => this.#link.send((client) => client.unlink(chunk))))
    return counts.reduce((sum, count) => sum + Number(count), 0)
  }

  async *scan(prefix: string): AsyncIterable<string[]> {
    const { keyPrefix } = this.#link
    const pages = scan(this.#link, keyPrefix + prefix, Buffer.byteLength(keyPrefix))
    for await (const page of pages) yield page.filter((key) => key !== this.#log?.key)
  }

  clock(): Promise<number> {
    return this.#link.time()
  }

  async close(): Promise<void> {
    await Promise.all([this.#link.close(), this.#replica?.close()])
  }

  async #logAll({ key, maxLength }: ResolvedLogOptions): Promise<void> {
    await this.#link.run(APPEND_ENTRY, [key], [String(maxLength), CLEARED, '[]'])
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
