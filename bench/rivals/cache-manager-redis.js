import { createKeyv } from '@keyv/redis'
import { createCache } from 'cache-manager'

const LIFE = 3_600_000

export function open({ redisUrl, load }) {
  const keyv = createKeyv(redisUrl)
  const cache = createCache({ stores: [keyv] })
  return {
    async getMany(keys) {
      const values = await cache.mget(keys)
      const missed = keys.filter((_, n) => values[n] === undefined)
      if (missed.length === 0) return values
      const made = new Map(await Promise.all(missed.map(async (key) => [key, await load(key)])))
      await cache.mset([...made].map(([key, value]) => ({ key, value, ttl: LIFE })))
      return keys.map((key, n) => values[n] ?? made.get(key))
    },
    close: () => cache.disconnect(),
  }
}
