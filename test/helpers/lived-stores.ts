import { afterAll, beforeAll } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import type { Store } from '../../src/stores/store.ts'
import { onEveryClockedStore } from './clocked-stores.ts'
import { patientRedisStore } from './patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from './redis-server.ts'

/**
 * Declares tests of lives once for each store: those of a cache whose clock the test moves, by less
 * than a minute in all. That of a Redis goes on by itself: what has ended for the cache is still
 * there, and lives are to differ by what a slow machine needs for the test.
 */
export function onEveryStoreWithLives(tests: (create: (clock: Clock) => Store) => void): void {
  onEveryClockedStore(tests)
  describeRedis('on redisStore', () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server.stop())
    tests(() => patientRedisStore({ url: server.url }))
  })
}
