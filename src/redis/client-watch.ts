import type { RedisClient } from './client.ts'
import { survivesSurplusReplies } from './surplus-replies.ts'

/**
 * Listeners of a client, added once, for all streams and queues that share it. With listeners of
 * their own, eleven of them would make Node.js warn of a leak.
 */
class ClientWatch {
  readonly onEnd = new Set<() => void>()

  constructor(client: RedisClient) {
    client.on('end', () => {
      for (const listener of [...this.onEnd]) listener()
    })
    survivesSurplusReplies(client, () => {})
  }
}

const watches = new WeakMap<RedisClient, ClientWatch>()

/** Watches a client for as long as it lives. A second call for it returns the same. */
export function watchClient(client: RedisClient): ClientWatch {
  let watch = watches.get(client)
  if (!watch) {
    watch = new ClientWatch(client)
    watches.set(client, watch)
  }
  return watch
}
