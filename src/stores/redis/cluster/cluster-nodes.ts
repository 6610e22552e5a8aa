import type { Clock, Timer } from '../../../clock.ts'
import { StoreError } from '../../../errors.ts'
import {
  type ClientOptions,
  keyPrefixOf,
  type RedisClient,
  type RedisClusterClient,
} from '../../../redis/client.ts'
import type { Ownership } from '../../../redis/connection.ts'
import { RedisLink } from '../../../redis/link.ts'
import { SCRIPTS } from '../scripts.ts'

/** How often the nodes are asked who holds which slots while something is wrong, in ms. */
const LOOK_AGAIN_EVERY = 500

/** A node that the client knows. */
interface Node {
  readonly client: RedisClient
  readonly link: RedisLink
}

/**
 * The nodes of a cluster, each with a link of its own: so that one that fails, or is silent, fails alone. They come
 * and go as ioredis finds them, and it finds out who holds which slot. It does so only when a command of its own is
 * redirected, or has no node to go to: where ours fail, it is told to.
 */
export class ClusterNodes {
  readonly #cluster: RedisClusterClient
  readonly #ownership: Ownership
  readonly #clock: Clock
  readonly #nodes = new Map<string, Node>()
  /** A copy: in ioredis' own table, one slot that has moved takes along all that stood in a row with it. */
  #slots: (readonly string[] | undefined)[] = []
  #lookedAt = Number.NEGATIVE_INFINITY
  #look: Timer | undefined
  #closed = false
  #onChange = () => {}

  /** @param ours whether the store made the client */
  constructor(cluster: RedisClusterClient, ours: boolean, clock: Clock) {
    this.#cluster = cluster
    this.#clock = clock
    this.#ownership = { hear: true, reconnect: ours, close: false }
    for (const node of cluster.nodes('all')) this.#onNode(node)
    cluster.on('+node', this.#onNode)
    cluster.on('-node', this.#onNodeGone)
    cluster.on('ready', this.#openPrimaries)
    cluster.on('refresh', this.#onSlots)
    this.#onSlots()
  }

  /** Says that nodes have come or gone, or slots have moved. One listener. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  /** All nodes that are known, with their names. */
  clients(): ReadonlyMap<RedisClient, string> {
    return new Map([...this.#nodes].map(([name, { client }]) => [client, name]))
  }

  /** Notes which node a slot has moved to, by what the node said that had it. */
  moved(slot: number, name: string): void {
    if (this.#nodes.has(name)) this.#slots[slot] = [name]
    this.lookAgain()
  }

  /** The primary that holds a slot. @throws StoreError where there is none, or no connection to it */
  primary(slot: number): RedisLink {
    const [name] = this.#slots[slot] ?? []
    const link = name === undefined ? undefined : this.#nodes.get(name)?.link
    if (link) return link
    this.lookAgain()
    throw new StoreError(
      name === undefined
        ? `No node of the Redis Cluster holds slot ${slot}`
        : `Redis at ${name} is not connected; its slots are served again when it is, or when a replica takes them`,
    )
  }

  /**
   * One of the replicas that hold a slot and serve; where there is none, the primary.
   * @param pick which one, from 0 to below 1: the same for all keys of a call, so that they share a pipeline
   * @throws StoreError
   */
  replica(slot: number, pick: number): RedisLink {
    const [, ...names] = this.#slots[slot] ?? []
    const links = names.flatMap((name) => this.#nodes.get(name)?.link ?? [])
    const serving = links.filter((link) => link.serves)
    // It is connected for the next page; this one does not wait.
    if (serving.length < links.length) for (const link of links) link.open()
    return serving[Math.floor(pick * serving.length)] ?? this.primary(slot)
  }

  /** For each primary its name, and one of the slots that it holds. */
  primaries(): readonly (readonly [name: string, slot: number])[] {
    const slots = new Map<string, number>()
    this.#slots.forEach((names, slot) => {
      if (names?.[0] !== undefined) slots.set(names[0], slot)
    })
    return [...slots]
  }

  /** Finds out, at once or soon, who holds which slots now. */
  lookAgain(): void {
    if (this.#closed || this.#look || this.#cluster.status !== 'ready') return
    const wait = this.#lookedAt + LOOK_AGAIN_EVERY - this.#clock.now()
    this.#look = this.#clock
      .setTimeout(
        () => {
          this.#look = undefined
          this.#lookedAt = this.#clock.now()
          if (this.#cluster.status === 'ready') this.#cluster.refreshSlotsCache()
        },
        Math.max(0, wait),
      )
      .unref()
  }

  /** Lets go of all nodes. Their connections are the client's. */
  async close(): Promise<void> {
    this.#closed = true
    this.#onChange = () => {}
    this.#clock.clearTimeout(this.#look)
    this.#cluster.off('+node', this.#onNode)
    this.#cluster.off('-node', this.#onNodeGone)
    this.#cluster.off('ready', this.#openPrimaries)
    this.#cluster.off('refresh', this.#onSlots)
    await Promise.all([...this.#nodes.values()].map(({ link }) => link.close()))
  }

  readonly #onNode = (node: unknown): void => {
    const client = node as RedisClient
    const name = nameOf(client)
    this.#nodes.get(name)?.link.drop()
    this.#nodes.set(name, { client, link: new RedisLink(client, this.#ownership, SCRIPTS, this.#clock) })
    this.#onChange()
  }

  readonly #onNodeGone = (node: unknown): void => {
    const client = node as RedisClient
    const name = nameOf(client)
    const known = this.#nodes.get(name)
    // Another connection to this node may have taken its place.
    if (known?.client !== client) return
    this.#nodes.delete(name)
    known.link.drop()
    this.lookAgain()
    this.#onChange()
  }

  readonly #onSlots = (): void => {
    const copies = new Map<readonly string[], readonly string[]>()
    this.#slots = Array.from(this.#cluster.slots, (names) => {
      if (!names) return undefined
      const copy = copies.get(names) ?? [...names]
      copies.set(names, copy)
      return copy
    })
    this.#openPrimaries()
    this.#onChange()
  }

  /** ioredis connects to a node when it has something for it: a page would wait for that. */
  readonly #openPrimaries = (): void => {
    // Not in the same turn: ioredis may be about to send a command there, and connect by that.
    this.#clock.setImmediate(() => {
      if (this.#cluster.status !== 'ready') return
      for (const names of new Set(this.#slots)) {
        if (names?.[0] !== undefined) this.#nodes.get(names[0])?.link.open()
      }
    })
  }
}

/** As the slot table names it. */
function nameOf(client: RedisClient): string {
  const { host, port } = client.options as ClientOptions
  return `${host}:${port}`
}

/** A key as a node's own client takes it. ioredis gives it the cluster's keyPrefix or not, by where it was set. */
export function keyOnNode(client: RedisClient, clusterPrefix: string, key: string): string {
  return keyPrefixOf(client) === '' ? clusterPrefix + key : key
}
