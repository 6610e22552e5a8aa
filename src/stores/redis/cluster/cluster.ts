import type { Clock } from '../../../clock.ts'
import { OptionError } from '../../../errors.ts'
import { keyPrefixOf, type RedisClusterClient } from '../../../redis/client.ts'
import { Connection, OURS, THEIRS } from '../../../redis/connection.ts'
import { scan } from '../../../redis/scan.ts'
import type { Follower, Following, FollowOptions } from '../../store.ts'
import type { ScriptCall } from '../job.ts'
import type { Script } from '../scripts.ts'
import type { RedisTopology } from '../topology.ts'
import { ClusterFollowing } from '../tracking/cluster-following.ts'
import { FOLLOWED } from '../tracking/following.ts'
import { fromClusterKey, toClusterKey } from './cluster-key.ts'
import { ClusterNodes } from './cluster-nodes.ts'
import { GET, type KeyCommand, ready, runScript, UNLINK } from './key-command.ts'
import { PerNode, type PerNodeSettings } from './per-node.ts'
import { SecondTry } from './second-try.ts'

/** Keys spread over the nodes of a Redis Cluster. */
export class RedisCluster implements RedisTopology {
  readonly #connection: Connection
  readonly #nodes: ClusterNodes
  readonly #perNode: PerNode
  readonly #keyPrefix: string
  readonly #clock: Clock
  /** How far the clock of each primary was ahead of this process' monotonic one, in ms. */
  readonly #ahead = new Map<string, number>()
  readonly follow?: NonNullable<RedisTopology['follow']>
  #following: Following | undefined

  /** @param ours whether the store made the client */
  constructor(client: RedisClusterClient, ours: boolean, settings: PerNodeSettings, clock: Clock) {
    this.#clock = clock
    this.#keyPrefix = keyPrefixOf(client)
    this.#connection = new Connection(client, ours ? OURS : THEIRS, clock, () => {})
    this.#nodes = new ClusterNodes(client, ours, clock)
    const secondTry = new SecondTry(client, this.#connection.server, clock)
    this.#perNode = new PerNode(this.#nodes, secondTry, this.#keyPrefix, settings, clock)
    // What a replica answers may be older than what its primary has told.
    if (settings.readFrom !== 'replica') this.follow = (follower, options) => this.#follow(follower, options)
  }

  #follow(follower: Follower, options: FollowOptions): Following {
    this.checkOpen()
    if (this.#following) throw new OptionError(FOLLOWED)
    this.#following = new ClusterFollowing(this.#nodes, this.#keyPrefix, this.#clock, follower, options)
    return this.#following
  }

  checkOpen(): void {
    this.#connection.checkOpen()
  }

  get(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#send(keys, GET)
  }

  run<A>(script: Script<A>, jobs: readonly ScriptCall[]): Promise<(A | Error)[]> {
    return this.#send(jobs.map(ready), runScript(script))
  }

  async unlink(keys: readonly string[]): Promise<number> {
    let count = 0
    let failure: Error | undefined
    for (const answer of await this.#send(keys, UNLINK)) {
      if (answer instanceof Error) failure = answer
      else count += answer
    }
    if (failure) throw failure
    return count
  }

  /** While slots move from node to node, a key that moves may be met twice, or not at all. */
  async *scan(prefix: string): AsyncIterable<string[]> {
    await this.#connected()
    const skip = Buffer.byteLength(this.#keyPrefix)
    for (const [, slot] of this.#nodes.primaries()) {
      const link = this.#nodes.primary(slot)
      for await (const page of scan(link, this.#keyPrefix + toClusterKey(prefix), skip)) {
        yield page.map(fromClusterKey)
      }
    }
  }

  /**
   * The earliest of the primaries' clocks: what any of them writes from now on has a later time in its head. One that
   * does not answer is taken as it was last.
   */
  async clock(): Promise<number> {
    await this.#connected()
    const primaries = this.#nodes.primaries()
    const asked = await Promise.allSettled(primaries.map(([name, slot]) => this.#ask(name, slot)))
    const failed = asked.filter((result) => result.status === 'rejected')
    if (failed[0] && failed.length === asked.length) throw failed[0].reason
    const ahead = primaries.flatMap(([name]) => this.#ahead.get(name) ?? [])
    return Math.min(...ahead) + this.#clock.now()
  }

  async close(): Promise<void> {
    await Promise.all([this.#following?.close(), this.#nodes.close(), this.#connection.close()])
  }

  async #send<T, A>(items: readonly T[], command: KeyCommand<T, A>): Promise<(A | Error)[]> {
    if (items.length === 0) return []
    await this.#connected()
    return this.#perNode.send(items, command)
  }

  async #ask(name: string, slot: number): Promise<void> {
    const [seconds, micros] = await this.#nodes.primary(slot).send((client) => client.time())
    this.#ahead.set(name, Number(seconds) * 1000 + Number(micros) / 1000 - this.#clock.now())
  }

  async #connected(): Promise<void> {
    this.checkOpen()
    if (!this.#connection.ready) await this.#connection.connected()
  }
}
