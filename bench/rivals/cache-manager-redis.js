import { createKeyv } from '@keyv/redis'
import { createCache } from 'cache-manager'
import { fillMissed } from './fill-missed.js'

export function open({ redisUrl, load }) {
  const cache = createCache({ stores: [createKeyv(redisUrl)] })
  return {
    getMany: async (keys) => fillMissed(keys, await cache.mget(keys), load, (made) => cache.mset(made)),
    close: () => cache.disconnect(),
  }
}
