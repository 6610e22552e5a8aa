import { type KyotoTycoonStoreOptions, kyotoTycoonStore } from 'onetrip/stores/kyoto-tycoon'
import { type MemcachedStoreOptions, memcachedStore } from 'onetrip/stores/memcached'
import type { RedisClientOptions, RedisClusterOptions, RedisStoreOptions } from 'onetrip/stores/redis'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import type { Store } from '../../src/stores/store.ts'
import { type TieredStoreOptions, tieredStore } from '../../src/stores/tiered/index.ts'
import { slowClock } from './slow-clock.ts'
import { TestClock } from './test-clock.ts'

/**
 * Stores for tests that are about something else than a server's silence: however busy the machine
 * is, they wait for what the server answers. What fails by itself, such as a connection that is
 * refused or lost, fails as ever.
 */
const PATIENCE = 300_000

/** Its clock stands still unless the test moves it, so that no time without an answer passes. */
export function patientRedisStore(options: RedisStoreOptions, clock = new TestClock()): Store {
  return redisStore(options, clock)
}

/** Redis behind a first tier, by one clock. */
export function patientTieredStore(
  options: RedisStoreOptions,
  clock = new TestClock(),
  tier: Partial<TieredStoreOptions> = {},
): Store {
  return tieredStore({ first: memoryStore({}, clock), second: redisStore(options, clock), ...tier }, clock)
}

export function patientMemcachedStore(options: MemcachedStoreOptions): Store {
  return memcachedStore({ timeout: PATIENCE, ...options })
}

export function patientKyotoTycoonStore(options: KyotoTycoonStoreOptions): Store {
  return kyotoTycoonStore({ timeout: PATIENCE, ...options })
}

/** For a client of a cluster: how long it waits for the table of slots, in its own time. */
export const PATIENT_CLUSTER = { slotsRefreshTimeout: 300_000 } as const

export function patientClusterStore(options: RedisClusterOptions | RedisClientOptions): Store {
  // Half a minute of the clock on the wall.
  const nodeTimeout = 3_000
  return options.nodes
    ? redisStore({ ...PATIENT_CLUSTER, nodeTimeout, ...options }, slowClock)
    : redisStore({ nodeTimeout, ...options }, slowClock)
}
