import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import LibsqlDatabase from 'libsql'
import { open as openLmdb } from 'lmdb'
import { memoryStore } from 'onetrip/stores/memory'
import { tieredStore } from 'onetrip/stores/tiered'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { EmbeddedStore } from '../../src/stores/embedded/embedded-store.ts'
import { KyotoTycoonStore } from '../../src/stores/kyoto-tycoon/kyoto-tycoon-store.ts'
import { BINARY } from '../../src/stores/kyoto-tycoon/protocol.ts'
import { LmdbTable } from '../../src/stores/lmdb/lmdb-table.ts'
import { MemcachedStore } from '../../src/stores/memcached/memcached-store.ts'
import { Servers } from '../../src/stores/memcached/servers.ts'
import { PipelinedConnection } from '../../src/stores/network/pipelined-connection.ts'
import type { SqliteDatabase } from '../../src/stores/sqlite/database.ts'
import { SqliteTable } from '../../src/stores/sqlite/sqlite-table.ts'
import type { Store } from '../../src/stores/store.ts'
import { type KyotoTycoonServer, startKyotoTycoon } from './kyoto-tycoon-server.ts'
import { describeMemcached, type MemcachedServer, startMemcached } from './memcached-server.ts'

const MIB = 1024 * 1024

/**
 * Declares tests once for each store whose stamps are made by a clock of this process, which the
 * tests hand in.
 */
export function onEveryClockedStore(tests: (create: (clock: Clock) => Store) => void): void {
  describe('on memoryStore', () => tests((clock) => memoryStore({}, clock)))
  describe('on tieredStore', () =>
    tests((clock) =>
      tieredStore({
        first: memoryStore({}, clock),
        second: memoryStore({}, clock),
        coherence: 'ttl',
      }),
    ))
  describe('in a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onetrip-clocked-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    let files = 0
    describe('on lmdbStore', () =>
      tests((clock) => {
        const path = join(folder, `${files++}.lmdb`)
        // Nothing of it is read after a crash.
        const noSync = true
        const database = openLmdb<Buffer, Buffer>({ path, keyEncoding: 'binary', encoding: 'binary', noSync })
        return new EmbeddedStore(new LmdbTable(database), 64 * MIB, clock)
      }))
    describe('on sqliteStore', () =>
      tests((clock) => {
        const database = new LibsqlDatabase(join(folder, `${files++}.db`)) as unknown as SqliteDatabase
        return new EmbeddedStore(new SqliteTable(database, true), 64 * MIB, clock)
      }))
  })
  describeMemcached('on memcachedStore', () => {
    let server: MemcachedServer
    beforeAll(async () => {
      server = await startMemcached()
    })
    afterAll(() => server.stop())
    tests((clock) => {
      const servers = new Servers([{ host: '127.0.0.1', port: server.port }], 5_000, clock)
      return new MemcachedStore(servers, MIB, clock)
    })
  })
  describe('on kyotoTycoonStore', () => {
    let server: KyotoTycoonServer
    beforeAll(async () => {
      server = await startKyotoTycoon()
    })
    afterAll(() => server.close())
    tests((clock) => {
      // By a clock that tests advance faster than a busy machine answers.
      const address = { host: '127.0.0.1', port: server.port, timeout: 3_600_000 }
      return new KyotoTycoonStore(new PipelinedConnection(BINARY, address, clock), address, 0, clock)
    })
  })
}
