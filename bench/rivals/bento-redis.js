import { BentoCache, bentostore } from 'bentocache'
import { redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'
import { eachByItself } from './each-by-itself.js'

export function open({ redisUrl, load }) {
  const connection = new Redis(redisUrl)
  const bento = new BentoCache({
    default: 'redis',
    stores: { redis: bentostore().useL2Layer(redisDriver({ connection })) },
  })
  return eachByItself(bento, load, () => connection.quit())
}
