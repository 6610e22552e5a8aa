import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { tieredStore } from 'onetrip/stores/tiered'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/stores/store.ts'
import { describeRedis, type RedisServer, startRedis } from './redis-server.ts'

/** Declares tests once for each store that there is. `create` opens one, empty at first, that all of a test share. */
export function onEveryStore(tests: (create: () => Store) => void): void {
  describe('on memoryStore', () => tests(() => memoryStore()))
  describe('on tieredStore by age', () =>
    tests(() => tieredStore({ first: memoryStore(), second: memoryStore(), coherence: 'ttl' })))
  describe('on a file of this machine', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onetrip-every-store-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    describe('on lmdbStore', () => tests(() => lmdbStore({ path: join(folder, 'lmdb') })))
    describe('on sqliteStore', () => tests(() => sqliteStore({ path: join(folder, 'sqlite.db') })))
  })
  describeRedis('on redisStore', () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startRedis()
    })
    afterAll(() => server.stop())
    describe('alone', () => tests(() => redisStore({ url: server.url })))
    describe('behind a first tier', () =>
      tests(() =>
        tieredStore({ first: memoryStore(), second: redisStore({ url: server.url, keyPrefix: 'tier:' }) }),
      ))
  })
}
