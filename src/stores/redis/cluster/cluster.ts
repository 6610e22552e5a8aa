import type { Clock } from '../../../clock.ts'
import { keyPrefixOf, type RedisClusterClient } from '../../../redis/client.ts'
import { Connection, OURS, THEIRS } from '../../../redis/connection.ts'
import { scan } from '../../../redis/scan.ts'
import { ClusterLog } from '../log/cluster-log.ts'
import { ClusterLogFollowing } from '../log/cluster-log-following.ts'
import type { ResolvedLogOptions } from '../log/log-options.ts'
import { STORE_OWNER } from '../owner.ts'
import type { ScriptCall } from '../script-call.ts'
import { CLUSTER_LOG_SCRIPTS, SCRIPTS, type Script, type WritingScript } from '../scripts.ts'
import type { RedisTopology } from '../topology.ts'
import { ClusterFollowing } from '../tracking/cluster-following.ts'
import { fromClusterKey, toClusterKey } from './cluster-key.ts'
import { ClusterNodes } from './cluster-nodes.ts'
import { GET, type KeyCommand, ready, runScript, UNLINK } from './key-command.ts'
import { PerNode, type PerNodeSettings } from './per-node.ts'
import { SecondTry } from './second-try.ts'

export interface ClusterSettings extends PerNodeSettings {
  readonly log?: ResolvedLogOptions | undefined
}

/** Keys spread over the nodes of a Redis Cluster. */
export class RedisCluster implements RedisTopology {
  readonly #connection: Connection
  readonly #nodes: ClusterNodes
  readonly #perNode: PerNode
  readonly #keyPrefix: string
  readonly #clock: Clock
  /** Clock of each primary less the monotonic clock of this process, in ms. */
  readonly #ahead = new Map<string, number>()
  readonly #log: ClusterLog | undefined
  readonly #logKey: string | undefined
  readonly follow?: NonNullable<RedisTopology['follow']>
  readonly followLog?: NonNullable<RedisTopology['followLog']>
  readonly logAll?: NonNullable<RedisTopology['logAll']>

  /** @param ours true if the store made the client */
  constructor(client: RedisClusterClient, ours: boolean, settings: ClusterSettings, clock: Clock) {
    this.#clock = clock
    this.#keyPrefix = keyPrefixOf(client)
    this.#connection = new Connection(STORE_OWNER, client, ours ? OURS : THEIRS, clock, () => {})
    this.#nodes = new ClusterNodes(client, ours, settings.log ? CLUSTER_LOG_SCRIPTS : SCRIPTS, clock)
    const secondTry = new SecondTry(client, this.#connection.server, clock)
    this.#perNode = new PerNode(this.#nodes, secondTry, this.#keyPrefix, settings, clock)
    if (settings.readFrom !== 'replica') {
      this.follow = (follower, options) =>
        new ClusterFollowing(this.#nodes, this.#keyPrefix, clock, follower, options)
    }
    const { log } = settings
    if (!log) return
    const clusterLog = new ClusterLog((script, calls) => this.run(script, calls), log)
    this.#log = clusterLog
    this.#logKey = log.key
    this.logAll = () => clusterLog.appendAll()
    if (settings.readFrom !== 'replica') {
      this.followLog = (follower, options) =>
        new ClusterLogFollowing(this.#nodes, this.#keyPrefix, log, clock, follower, options)
    }
  }

  checkOpen(): void {
    this.#connection.checkOpen()
  }

  get(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#send(keys, GET)
  }

  run<A>(script: Script<A>, calls: readonly ScriptCall[]): Promise<(A | Error)[]> {
    return this.#send(calls.map(ready), runScript(script))
  }

  async write<A>(script: WritingScript<A>, calls: readonly ScriptCall[]): Promise<(A | Error)[]> {
    const answers = await this.run(script, calls)
    return this.#log ? this.#log.append(script.how, calls, answers) : answers
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

  /** A key that moves to another node meanwhile may be listed twice, or not at all. */
  async *scan(prefix: string): AsyncIterable<string[]> {
    await this.#connected()
    const skip = Buffer.byteLength(this.#keyPrefix)
    for (const [, slot] of this.#nodes.primaries()) {
      const link = this.#nodes.primary(slot)
      for await (const page of scan(link, this.#keyPrefix + toClusterKey(prefix), skip)) {
        yield page.map(fromClusterKey).filter((key) => key !== this.#logKey)
      }
    }
  }

  /**
   * Returns the earliest of the primaries' clocks, so that any stamp from now on has a later time.
   * Of a primary that does not reply, the last known difference counts.
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
    await Promise.all([this.#nodes.close(), this.#connection.close()])
  }

  async #send<T, A>(items: readonly T[], command: KeyCommand<T, A>): Promise<(A | Error)[]> {
    if (items.length === 0) return []
    await this.#connected()
    return this.#perNode.send(items, command)
  }

  async #ask(name: string, slot: number): Promise<void> {
    const time = await this.#nodes.primary(slot).time()
    this.#ahead.set(name, time - this.#clock.now())
  }

  async #connected(): Promise<void> {
    this.checkOpen()
    if (!this.#connection.ready) await this.#connection.connected()
  }
}
