import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Store } from '../../../src/stores/store.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

const capabilities = { shared: true, conditional: true, ttlPrecision: 1 }

describeRedis('redisStore passes the conformance suite', () => {
  let server: RedisServer
  const clients: { disconnect(): void }[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await server.stop()
  })
  const handedIn = <T extends { disconnect(): void }>(client: T): T => {
    clients.push(client)
    return client
  }

  const forms: Record<string, () => Store> = {
    'by url': () => patientRedisStore({ url: server.url }),
    'by url, with a keyPrefix full of glob characters': () =>
      patientRedisStore({ url: server.url, keyPrefix: 'shop*[1]?\\é:' }),
    'by the options of ioredis, small chunks': () =>
      patientRedisStore({ host: '127.0.0.1', port: server.port, db: 3, chunkSize: 7 }),
    'a client of ioredis 6': () => patientRedisStore({ client: handedIn(new Redis6(server.url)) }),
    'a client of ioredis 6, lazy, RESP2, automatic pipelines, numbers as strings': () =>
      patientRedisStore({
        client: handedIn(
          new Redis6(server.url, {
            lazyConnect: true,
            protocol: 2,
            enableAutoPipelining: true,
            stringNumbers: true,
            keyPrefix: 'auto:',
          }),
        ),
      }),
    'a client of ioredis 6 with replyMapping resp3': () =>
      patientRedisStore({ client: handedIn(new Redis6({ port: server.port, replyMapping: 'resp3' })) }),
    'a client of ioredis 5': () => patientRedisStore({ client: handedIn(new Redis5(server.url)) }),
    'a client of ioredis 5, lazy, with a keyPrefix, automatic pipelines, numbers as strings': () =>
      patientRedisStore({
        client: handedIn(
          new Redis5(server.url, {
            lazyConnect: true,
            keyPrefix: 'five:',
            enableAutoPipelining: true,
            stringNumbers: true,
          }),
        ),
      }),
  }
  for (const [name, create] of Object.entries(forms))
    storeConformance({ name, describe, it, create, capabilities })
})
