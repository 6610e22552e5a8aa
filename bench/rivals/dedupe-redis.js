import { createCache } from 'async-cache-dedupe'
import { Redis } from 'ioredis'

export function open({ redisUrl, load }) {
  const client = new Redis(redisUrl)
  const cache = createCache({ ttl: 3_600, storage: { type: 'redis', options: { client } } })
  cache.define('card', load)
  return {
    getMany: (keys) => Promise.all(keys.map((key) => /** @type {any} */ (cache).card(key))),
    close: () => client.quit(),
  }
}
