import type { Clock } from '../../../clock.ts'
import type { RedisClient, RedisServerClient } from '../../../redis/client.ts'
import { keySlot } from '../../../redis/slot.ts'
import type { Follower, Following, FollowOptions } from '../../store.ts'
import { toClusterKey } from '../cluster/cluster-key.ts'
import { type ClusterNodes, keyOnNode } from '../cluster/cluster-nodes.ts'
import { LogFollowing } from './log-following.ts'
import type { ResolvedLogOptions } from './log-options.ts'

/** Returns the pause before the next attempt to connect to a node, in ms. */
const retryStrategy = (times: number) => Math.min(50 * 2 ** (times - 1), 1_000)

/**
 * Follows the log of a cluster on the node that has its slot, by one connection. When another node
 * becomes a primary, all copies are dropped: it may not have every write of its predecessor.
 */
export class ClusterLogFollowing implements Following {
  readonly #nodes: ClusterNodes
  readonly #keyPrefix: string
  readonly #log: ResolvedLogOptions
  readonly #slot: number
  readonly #clock: Clock
  readonly #follower: Follower
  readonly #options: FollowOptions
  #primaries = ''
  #current: { readonly client: RedisClient; readonly following: Following } | undefined
  #closed = false

  /** @param keyPrefix of the client of the cluster */
  constructor(
    nodes: ClusterNodes,
    keyPrefix: string,
    log: ResolvedLogOptions,
    clock: Clock,
    follower: Follower,
    options: FollowOptions,
  ) {
    this.#nodes = nodes
    this.#keyPrefix = keyPrefix
    this.#log = { ...log, key: toClusterKey(log.key) }
    this.#slot = keySlot(keyPrefix + this.#log.key)
    this.#clock = clock
    this.#follower = follower
    this.#options = options
    nodes.onChange(this.#update)
    this.#update()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#current?.following.close()
    this.#current = undefined
  }

  readonly #update = (): void => {
    if (this.#closed) return
    const names = this.#nodes.primaries().map(([name]) => name)
    const primaries = names.toSorted().join()
    if (primaries !== this.#primaries) this.#follower.allChanged()
    this.#primaries = primaries
    const client = this.#clientOfLog()
    if (client === this.#current?.client) return
    void this.#current?.following.close()
    this.#current = client && { client, following: this.#follow(client) }
  }

  /** Returns the client of the node that has the log; undefined while none is known. */
  #clientOfLog(): RedisClient | undefined {
    try {
      return this.#nodes.primary(this.#slot).client
    } catch {
      return undefined
    }
  }

  #follow(client: RedisClient): Following {
    return new LogFollowing(
      client as RedisServerClient,
      { ...this.#log, key: keyOnNode(client, this.#keyPrefix, this.#log.key) },
      this.#clock,
      this.#follower,
      this.#options,
      { retryStrategy, onChanging: this.#onChanging },
    )
  }

  readonly #onChanging = ({ message }: Error): void => {
    const [, slot, name] = /^MOVED (\d+) (\S+)/.exec(message) ?? []
    if (slot === undefined || name === undefined) return this.#nodes.refreshSlots()
    this.#nodes.moved(Number(slot), name)
    this.#update()
  }
}
