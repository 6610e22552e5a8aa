/**
 * The example app as after a deploy: it asks Redis, nothing is there, and it writes what it has
 * rendered.
 */

import { emptyDatabase } from '../harness/redis.js'
import { serveReel } from '../reel/serve.js'

export async function serve({ redisUrl }) {
  const serving = await serveReel(redisUrl, { wrap: forgetful })
  return { ...serving, reset: () => emptyDatabase(redisUrl) }
}

/**
 * A store that never finds what it wrote, at the same cost: each batch has keys that were never
 * used before.
 */
function forgetful(store) {
  let batches = 0
  return {
    capabilities: store.capabilities,
    getMany(keys) {
      const batch = ++batches
      return store.getMany(keys.map((key) => `${key}#${batch}`))
    },
    setMany(entries) {
      const batch = ++batches
      return store.setMany(entries.map((entry) => ({ ...entry, key: `${entry.key}#${batch}` })))
    },
    stampMany: (stamps) => store.stampMany(stamps),
    touchMany: (items) => store.touchMany(items),
    deleteMany: (keys) => store.deleteMany(keys),
    clock: () => store.clock(),
    clear: (prefix) => store.clear(prefix),
    close: () => store.close(),
  }
}
