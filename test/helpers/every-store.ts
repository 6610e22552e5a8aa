import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { memoryStore } from 'onetrip/stores/memory'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { tieredStore } from 'onetrip/stores/tiered'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/stores/store.ts'
import { type KyotoTycoonServer, startKyotoTycoon } from './kyoto-tycoon-server.ts'
import { describeMemcached, type MemcachedServer, startMemcached } from './memcached-server.ts'
import {
  patientKyotoTycoonStore,
  patientMemcachedStore,
  patientRedisStore,
  patientTieredStore,
} from './patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from './redis-server.ts'

/** Optional abilities of a store: listing its keys, counting its entries. */
export interface Can {
  readonly list: boolean
  readonly count: boolean
}

const ALL: Can = { list: true, count: true }

/**
 * Declares tests once for each store that there is. `create` opens one, empty at first, that all of
 * a test share.
 */
export function onEveryStore(tests: (create: () => Store, can: Can) => void): void {
  describe('on memoryStore', () => tests(() => memoryStore(), ALL))
  describe('on tieredStore by age', () =>
    tests(() => tieredStore({ first: memoryStore(), second: memoryStore(), coherence: 'ttl' }), ALL))
  describe('on a file of this machine', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onetrip-every-store-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    describe('on lmdbStore', () => tests(() => lmdbStore({ path: join(folder, 'lmdb') }), ALL))
    describe('on sqliteStore', () => tests(() => sqliteStore({ path: join(folder, 'sqlite.db') }), ALL))
  })
  describeRedis('on redisStore', () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server.stop())
    describe('alone', () => tests(() => patientRedisStore({ url: server.url }), ALL))
    describe('behind a first tier', () =>
      tests(() => patientTieredStore({ url: server.url, keyPrefix: 'tier:' }), ALL))
  })
  describeMemcached('on memcachedStore', () => {
    let server: MemcachedServer
    beforeAll(async () => {
      server = await startMemcached()
    })
    afterAll(() => server.stop())
    tests(() => patientMemcachedStore({ servers: [server.address] }), { list: false, count: false })
  })
  describe('on kyotoTycoonStore', () => {
    let server: KyotoTycoonServer
    beforeAll(async () => {
      server = await startKyotoTycoon()
    })
    afterAll(() => server.close())
    tests(() => patientKyotoTycoonStore({ host: '127.0.0.1', port: server.port }), {
      list: true,
      count: false,
    })
  })
}
