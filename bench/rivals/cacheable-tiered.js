import { createKeyv } from '@keyv/redis'
import { Cacheable } from 'cacheable'
import { fillMissed, LIFE } from './fill-missed.js'

export function open({ redisUrl, load }) {
  const cache = new Cacheable({ secondary: createKeyv(redisUrl), ttl: LIFE })
  return {
    getMany: async (keys) => fillMissed(keys, await cache.getMany(keys), load, (made) => cache.setMany(made)),
    close: () => cache.disconnect(),
  }
}
