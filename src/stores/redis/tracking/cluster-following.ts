import type { Clock } from '../../../clock.ts'
import { keyPrefixOf, type RedisClient, type RedisServerClient } from '../../../redis/client.ts'
import type { Follower, Following, FollowOptions } from '../../store.ts'
import { fromClusterKey, toClusterKey } from '../cluster/cluster-key.ts'
import type { ClusterNodes } from '../cluster/cluster-nodes.ts'
import { RedisFollowing } from './following.ts'

/** Returns the pause before the next attempt to connect to a node, in ms. */
const retryStrategy = (times: number) => Math.min(50 * 2 ** (times - 1), 1_000)

/** A node, and what it has reported. */
interface Followed {
  readonly name: string
  readonly following: Following
  isFollowing: boolean
  toldUntil: number
}

/**
 * Follows a cluster: each node by a connection of its own. The cluster is followed while every
 * primary is. Other nodes are followed too, so that no write is missed when one becomes a primary
 * or gets a slot. The node that a key leaves reports it.
 */
export class ClusterFollowing implements Following {
  readonly #nodes: ClusterNodes
  readonly #keyPrefix: string
  readonly #clock: Clock
  readonly #follower: Follower
  readonly #options: FollowOptions
  readonly #followed = new Map<RedisClient, Followed>()
  /** Names of the nodes that have slots. */
  #primaries: ReadonlySet<string> = new Set()
  #isFollowing = false

  /** @param keyPrefix of the client of the cluster */
  constructor(
    nodes: ClusterNodes,
    keyPrefix: string,
    clock: Clock,
    follower: Follower,
    options: FollowOptions,
  ) {
    this.#nodes = nodes
    this.#keyPrefix = keyPrefix
    this.#clock = clock
    this.#follower = follower
    this.#options = { ...options, prefix: toClusterKey(options.prefix) }
    nodes.onChange(this.#update)
    this.#update()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ following }) => following.close()))
    this.#followed.clear()
  }

  readonly #update = (): void => {
    const clients = this.#nodes.clients()
    for (const [client, { following }] of this.#followed) {
      if (clients.has(client)) continue
      this.#followed.delete(client)
      void following.close()
    }
    for (const [client, name] of clients) if (!this.#followed.has(client)) this.#follow(client, name)
    const primaries = new Set(this.#nodes.primaries().map(([name]) => name))
    const same =
      primaries.size === this.#primaries.size && [...primaries].every((name) => this.#primaries.has(name))
    this.#primaries = primaries
    if (!same) this.#follower.allChanged()
    this.#checkState()
  }

  #follow(client: RedisClient, name: string): void {
    const follower: Follower = {
      following: () => {
        node.isFollowing = true
        // Keys that were read from it before may have changed unnoticed.
        this.#follower.allChanged()
        this.#checkState()
      },
      changed: (keys) => this.#follower.changed(keys.map(fromClusterKey)),
      allChanged: () => this.#follower.allChanged(),
      toldUntil: (time) => {
        node.toldUntil = time
        this.#tell()
      },
      lost: (error) => {
        node.isFollowing = false
        node.toldUntil = Number.NEGATIVE_INFINITY
        if (this.#primaries.has(name)) this.#checkState(error)
      },
    }
    const following = new RedisFollowing(client as RedisServerClient, this.#clock, follower, this.#options, {
      keyPrefix: keyPrefixOf(client) || this.#keyPrefix,
      retryStrategy,
    })
    const node: Followed = { name, following, isFollowing: false, toldUntil: Number.NEGATIVE_INFINITY }
    this.#followed.set(client, node)
  }

  /** Returns the primaries; undefined while one of them is not known. */
  #followedPrimaries(): readonly Followed[] | undefined {
    const found = [...this.#followed.values()].filter(({ name }) => this.#primaries.has(name))
    return found.length > 0 && found.length === this.#primaries.size ? found : undefined
  }

  #checkState(error?: Error): void {
    const isFollowing = this.#followedPrimaries()?.every((node) => node.isFollowing) === true
    if (isFollowing && !this.#isFollowing) {
      this.#isFollowing = true
      this.#follower.following()
      this.#tell()
    } else if (!isFollowing && (this.#isFollowing || error)) {
      this.#isFollowing = false
      this.#follower.lost(error)
    }
  }

  #tell(): void {
    if (!this.#isFollowing) return
    const primaries = this.#followedPrimaries() ?? []
    this.#follower.toldUntil(Math.min(...primaries.map(({ toldUntil }) => toldUntil)))
  }
}
