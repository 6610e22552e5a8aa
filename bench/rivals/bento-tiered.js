import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'
import { eachByItself } from './each-by-itself.js'

export function open({ redisUrl, load }) {
  const connection = new Redis(redisUrl)
  const { host, port } = connection.options
  const bento = new BentoCache({
    default: 'tiered',
    stores: {
      tiered: bentostore()
        .useL1Layer(memoryDriver({ maxSize: '64mb' }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection: { host: String(host), port: Number(port) } })),
    },
  })
  return eachByItself(bento, load, () => connection.quit())
}
