import type { Clock, Timer } from '../../../clock.ts'
import { StoreError } from '../../../errors.ts'
import { keyPrefixOf, type RedisClient, type RedisClusterClient } from '../../../redis/client.ts'
import type { Ownership } from '../../../redis/connection.ts'
import { nodeName } from '../../../redis/duplicate.ts'
import { RedisLink } from '../../../redis/link.ts'
import type { ScriptText } from '../../../redis/script-text.ts'
import { STORE_OWNER } from '../owner.ts'

/** Shortest interval between reads of the slot table, in ms. */
const REFRESH_INTERVAL = 500

/** A node that the client of the cluster knows. */
interface Node {
  readonly client: RedisClient
  readonly link: RedisLink
}

/**
 * The nodes of a cluster, each with a link of its own, so that a node that fails or is silent fails
 * alone. ioredis adds and removes them, and reads the slot table, but only if one of its own
 * commands is redirected or has no node. After other failures `refreshSlots` makes it do so.
 */
export class ClusterNodes {
  readonly #cluster: RedisClusterClient
  readonly #ownership: Ownership
  readonly #clock: Clock
  readonly #nodes = new Map<string, Node>()
  /** A copy: in ioredis' table the slots of a range share an array, which changes if one moves. */
  #slots: (readonly string[] | undefined)[] = []
  #refreshedAt = Number.NEGATIVE_INFINITY
  #refresh: Timer | undefined
  #closed = false
  #onChange = () => {}

  readonly #scripts: readonly ScriptText[]

  /**
   * @param ours true if the store made the client
   * @param scripts loaded at each connection to a node
   */
  constructor(cluster: RedisClusterClient, ours: boolean, scripts: readonly ScriptText[], clock: Clock) {
    this.#cluster = cluster
    this.#scripts = scripts
    this.#clock = clock
    this.#ownership = { hear: true, reconnect: ours, close: false }
    for (const node of cluster.nodes('all')) this.#onNode(node)
    cluster.on('+node', this.#onNode)
    cluster.on('-node', this.#onNodeGone)
    cluster.on('ready', this.#openPrimaries)
    cluster.on('refresh', this.#onSlots)
    this.#onSlots()
  }

  /** Sets the listener that is called when nodes come or go, or slots move. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  /** Returns the clients of all known nodes, with the names of the nodes. */
  clients(): ReadonlyMap<RedisClient, string> {
    return new Map([...this.#nodes].map(([name, { client }]) => [client, name]))
  }

  /** Notes the node that a slot has moved to. */
  moved(slot: number, name: string): void {
    if (this.#nodes.has(name)) this.#slots[slot] = [name]
    this.refreshSlots()
  }

  /**
   * Returns the primary of a slot.
   *
   * @throws StoreError where there is none, or no connection to it
   */
  primary(slot: number): RedisLink {
    const [name] = this.#slots[slot] ?? []
    const link = name === undefined ? undefined : this.#nodes.get(name)?.link
    if (link) return link
    this.refreshSlots()
    throw new StoreError(
      name === undefined
        ? `No node of the Redis Cluster holds slot ${slot}`
        : `Redis at ${name} is not connected; ` +
            'its slots are served again when it is, or when a replica takes them',
    )
  }

  /**
   * Returns a replica of a slot that serves, or else the primary.
   *
   * @param pick chooses the replica, in [0, 1): the same for a call, so that its keys share
   * pipelines
   * @throws StoreError
   */
  replica(slot: number, pick: number): RedisLink {
    const [, ...names] = this.#slots[slot] ?? []
    const links = names.flatMap((name) => this.#nodes.get(name)?.link ?? [])
    const serving = links.filter((link) => link.serves)
    // Connects for the next page. This one does not wait.
    if (serving.length < links.length) for (const link of links) link.open()
    return serving[Math.floor(pick * serving.length)] ?? this.primary(slot)
  }

  /** Returns the name of each primary, with one of its slots. */
  primaries(): readonly (readonly [name: string, slot: number])[] {
    const slots = new Map<string, number>()
    this.#slots.forEach((names, slot) => {
      if (names?.[0] !== undefined) slots.set(names[0], slot)
    })
    return [...slots]
  }

  /** Reads the slot table, at once or soon. */
  refreshSlots(): void {
    if (this.#closed || this.#refresh || this.#cluster.status !== 'ready') return
    const wait = this.#refreshedAt + REFRESH_INTERVAL - this.#clock.now()
    this.#refresh = this.#clock
      .setTimeout(
        () => {
          this.#refresh = undefined
          this.#refreshedAt = this.#clock.now()
          if (this.#cluster.status === 'ready') this.#cluster.refreshSlotsCache()
        },
        Math.max(0, wait),
      )
      .unref()
  }

  /** Releases all nodes. Their connections belong to the client of the cluster. */
  async close(): Promise<void> {
    this.#closed = true
    this.#onChange = () => {}
    this.#clock.clearTimeout(this.#refresh)
    this.#cluster.off('+node', this.#onNode)
    this.#cluster.off('-node', this.#onNodeGone)
    this.#cluster.off('ready', this.#openPrimaries)
    this.#cluster.off('refresh', this.#onSlots)
    await Promise.all([...this.#nodes.values()].map(({ link }) => link.close()))
  }

  readonly #onNode = (node: unknown): void => {
    const client = node as RedisClient
    const name = nodeName(client)
    this.#nodes.get(name)?.link.drop()
    const link = new RedisLink(STORE_OWNER, client, this.#ownership, this.#scripts, this.#clock)
    this.#nodes.set(name, { client, link })
    this.#onChange()
  }

  readonly #onNodeGone = (node: unknown): void => {
    const client = node as RedisClient
    const name = nodeName(client)
    const known = this.#nodes.get(name)
    // Another connection to this node may have replaced it.
    if (known?.client !== client) return
    this.#nodes.delete(name)
    known.link.drop()
    this.refreshSlots()
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

  /**
   * Connects to the primaries. ioredis does so at the first command, and a page would wait for it.
   */
  readonly #openPrimaries = (): void => {
    // Not in the same turn: ioredis may be about to send a command there, which connects.
    this.#clock.setImmediate(() => {
      if (this.#cluster.status !== 'ready') return
      for (const names of new Set(this.#slots)) {
        if (names?.[0] !== undefined) this.#nodes.get(names[0])?.link.open()
      }
    })
  }
}

/**
 * Adds the keyPrefix to a key unless the client of the node does, which depends on where it was
 * set.
 */
export function keyOnNode(client: RedisClient, clusterPrefix: string, key: string): string {
  return keyPrefixOf(client) === '' ? clusterPrefix + key : key
}
