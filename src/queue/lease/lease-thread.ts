import type { ConnectionRecipe } from '../../redis/connection-recipe.ts'

/** A lease that the thread renews while the event loop of its worker is blocked. */
export interface ThreadLease {
  readonly id: number
  readonly recipe: ConnectionRecipe
  readonly keys: readonly string[]
  readonly workerId: string
  /** In ms. */
  readonly lease: number
  /** Longest time for which the thread renews, in ms. */
  readonly maxBlock: number
}

/** Messages to the thread. */
export type ThreadMessage =
  | { readonly type: 'add'; readonly lease: ThreadLease }
  | { readonly type: 'remove'; readonly id: number }

/** Data that the thread gets at its start. */
export interface ThreadData {
  /** One Int32, which the main thread counts up while its event loop turns. */
  readonly beats: SharedArrayBuffer
  /** Interval of the beats, in ms. */
  readonly interval: number
  /** Path of the module ioredis. */
  readonly ioredis: string
  /** Lua text of the script that renews. */
  readonly script: string
}

interface ThreadClient {
  on(event: 'error', listener: () => void): unknown
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>
  disconnect(): void
}

interface Ioredis {
  readonly Redis: new (options: object) => ThreadClient
  readonly Cluster: new (nodes: readonly unknown[], options: object) => ThreadClient
}

/**
 * The program of the thread. It is sent as text: it must use nothing but its parameter and globals.
 *
 * It opens its connections when the main thread is blocked, and closes them when it goes on.
 */
export function leaseThread(requireModule: (name: string) => unknown): void {
  const { parentPort, workerData } = requireModule(
    'node:worker_threads',
  ) as typeof import('node:worker_threads')
  const { beats, interval, ioredis, script } = workerData as ThreadData
  const beat = new Int32Array(beats)
  const leases = new Map<number, ThreadLease & { renewedAt: number }>()
  const clients = new Map<string, ThreadClient>()
  let last = -1
  let aliveAt = performance.now()

  const clientFor = (recipe: ConnectionRecipe): ThreadClient => {
    const name = JSON.stringify(recipe)
    const known = clients.get(name)
    if (known) return known
    const { Redis, Cluster } = requireModule(ioredis) as Ioredis
    const plain = { lazyConnect: false, maxRetriesPerRequest: 1, commandTimeout: 2000 }
    const client = recipe.nodes
      ? new Cluster(recipe.nodes, { ...recipe.options, lazyConnect: false })
      : new Redis({ ...recipe.options, ...plain })
    client.on('error', () => {})
    clients.set(name, client)
    return client
  }

  const look = () => {
    const now = performance.now()
    const count = Atomics.load(beat, 0)
    if (count !== last) {
      last = count
      aliveAt = now
      for (const client of clients.values()) client.disconnect()
      clients.clear()
      return
    }
    for (const lease of leases.values()) {
      const blocked = now - aliveAt
      // The worker itself renews each quarter of the lease.
      const isDue = blocked > lease.lease / 4 && now - lease.renewedAt > lease.lease / 4
      if (!isDue || blocked > lease.maxBlock) continue
      lease.renewedAt = now
      clientFor(lease.recipe)
        .eval(script, lease.keys.length, ...lease.keys, lease.workerId, String(lease.lease))
        .catch(() => {})
    }
  }

  parentPort?.on('message', (message: ThreadMessage) => {
    if (message.type === 'add') leases.set(message.lease.id, { ...message.lease, renewedAt: 0 })
    else leases.delete(message.id)
  })
  setInterval(look, interval)
}
