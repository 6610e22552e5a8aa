import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import LibsqlDatabase from 'libsql'
import { open as openLmdb } from 'lmdb'
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { lmdbStore } from '../../../src/stores/lmdb/index.ts'
import { type SqliteDatabase, sqliteStore } from '../../../src/stores/sqlite/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { storeConformance } from '../../../src/testing/index.ts'
import { TestClock, timeOf } from '../../helpers/test-clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'onetrip-embedded-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const libsql = (path: string) => new LibsqlDatabase(path) as unknown as SqliteDatabase
const clock = new TestClock()
const KINDS: Record<string, (name: string, maxBytes?: number) => Store> = {
  lmdbStore: (name, maxBytes) => lmdbStore({ path: join(folder, `${name}.lmdb`), maxBytes }, clock),
  'sqliteStore by path': (name, maxBytes) =>
    sqliteStore({ path: join(folder, `${name}.db`), maxBytes }, clock),
}
const MIB = 1024 * 1024

/** Counts the records of a file, with the expired ones. */
function records(name: string): number {
  if (name.startsWith('lmdb')) {
    const database = openLmdb({
      path: join(folder, `${name}.lmdb`),
      encoding: 'binary',
      keyEncoding: 'binary',
    })
    return (database.getStats() as { entryCount: number }).entryCount
  }
  const database = libsql(join(folder, `${name}.db`))
  const [row] = database.prepare('SELECT count(*) AS n FROM onetrip').all() as { n: number }[]
  database.close()
  return row?.n as number
}

describe.each(Object.entries(KINDS))('%s', (kind, open) => {
  storeConformance({
    name: 'the conformance suite',
    describe,
    it,
    create: () => open('conformance'),
    capabilities: { shared: true, conditional: true, ttlPrecision: 1 },
    time: timeOf(clock),
  })

  describe('beyond the suite', () => {
    let count = 0
    let name: string
    const opened: Store[] = []
    const make = (maxBytes?: number) => {
      const store = open(name, maxBytes)
      opened.push(store)
      return store
    }
    beforeEach(() => {
      name = `${kind.slice(0, 4)}-${++count}`
    })
    afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))

    it('survives a restart', async () => {
      const first = make()
      await first.setMany([{ key: 'a', value: Buffer.from('kept'), ttl: 60_000 }])
      const [before] = await first.getMany(['a'])
      await first.close()
      expect(await make().getMany(['a'])).toEqual([before])
    })

    it('does not confuse keys that differ after hundreds of bytes', async () => {
      const store = make()
      const keys = ['x', 'y', 'z'].map((end) => `${'long'.repeat(600)}${end}`)
      await store.setMany(keys.map((key) => ({ key, value: Buffer.from(key.slice(-1)), ttl: 60_000 })))
      const found = await store.getMany(keys)
      expect(found.map((value) => Buffer.isBuffer(value) && value.subarray(17).toString())).toEqual([
        'x',
        'y',
        'z',
      ])
      const listed: string[] = []
      for await (const key of (store as Required<Store>).keys('longlong')) listed.push(key)
      expect(listed.sort()).toEqual(keys)
      await store.clear('longlong')
      expect(await store.getMany(keys)).toEqual([null, null, null])
    })

    it('lists more keys than one page', async () => {
      const store = make()
      const keys = Array.from({ length: 1_000 }, (_, n) => `many:${String(n).padStart(4, '0')}`)
      await store.setMany([...keys, 'other'].map((key) => ({ key, value: Buffer.from('x'), ttl: 60_000 })))
      const listed: string[] = []
      for await (const key of (store as Required<Store>).keys('many:')) listed.push(key)
      expect(listed).toEqual(keys)
      await store.clear('many:')
      for await (const key of (store as Required<Store>).keys('')) expect(key).toBe('other')
    })

    it('evicts the oldest entries, but no versions and tombstones', async () => {
      const store = make(2 * MIB)
      await store.stampMany([
        { key: 'version', kind: 'created', ttl: 60_000 },
        { key: 'tombstone', kind: 'deleted', ttl: 60_000 },
      ])
      const value = Buffer.alloc(4_000, 1)
      for (let batch = 0; batch < 100; batch++) {
        const writes = Array.from({ length: 24 }, (_, n) => ({ key: `${batch}:${n}`, value, ttl: 60_000 }))
        expect(await store.setMany(writes)).toEqual(writes.map(() => true))
      }
      const keys = (batch: number) => Array.from({ length: 24 }, (_, n) => `${batch}:${n}`)
      const there = async (batch: number) => (await store.getMany(keys(batch))).filter(Buffer.isBuffer).length
      expect(await there(0)).toBe(0)
      expect(await there(99)).toBeGreaterThan(20)
      expect((await store.getMany(['version', 'tombstone'])).map((found) => Buffer.isBuffer(found))).toEqual([
        true,
        true,
      ])
      let left = 0
      for await (const _ of (store as Required<Store>).keys('')) left++
      expect(left * 4_000).toBeLessThan(2 * MIB)
      expect(left * 4_000).toBeGreaterThan(MIB)
      expect(await store.setMany([{ key: 'a', value: Buffer.alloc(MIB), ttl: 1_000 }])).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(/more than a fourth of the store's maxBytes/),
        }),
      ])
    })

    it('removes expired records in the background', async () => {
      const store = make()
      await store.setMany(
        Array.from({ length: 500 }, (_, n) => ({ key: `${n}`, value: Buffer.alloc(3_000), ttl: 20 })),
      )
      expect(records(name)).toBe(500)
      await clock.until(() => records(name) === 0)
    })
  })
})

describe('sqliteStore', () => {
  const databases: Record<string, () => SqliteDatabase> = { libsql: () => libsql(join(folder, 'libsql.db')) }
  const builtIn = (() => {
    try {
      return createRequire(import.meta.url)('node:sqlite') as {
        DatabaseSync: new (path: string) => SqliteDatabase
      }
    } catch {
      return undefined
    }
  })()
  if (builtIn) databases['node:sqlite'] = () => new builtIn.DatabaseSync(join(folder, 'built-in.db'))

  for (const [name, open] of Object.entries(databases)) {
    storeConformance({
      name: `on a database of ${name}`,
      describe,
      it,
      create: () => sqliteStore({ database: open() }, clock),
      capabilities: { shared: true, conditional: true, ttlPrecision: 1 },
      time: timeOf(clock),
    })
  }

  test('does not close a database that was passed as an option', async () => {
    const database = libsql(join(folder, 'given.db'))
    const store = sqliteStore({ database })
    await store.setMany([{ key: 'a', value: Buffer.from('x'), ttl: 60_000 }])
    await store.close()
    expect(database.prepare('SELECT count(*) AS n FROM onetrip').all()).toEqual([{ n: 1 }])
    database.close()
  })
})

test('options are checked', () => {
  const makes = { lmdbStore, sqliteStore } as unknown as Record<string, (options: unknown) => Store>
  for (const [name, make] of Object.entries(makes)) {
    expect(() => make(undefined)).toThrow(`The options of ${name} must be an object`)
    expect(() => make({})).toThrow(`${name}: path must be the path of the file`)
    expect(() => make({ path: './x', size: 1 })).toThrow(`${name} has no option "size"`)
    expect(() => make({ path: './x', maxBytes: 10 })).toThrow(
      `${name}: maxBytes must be a whole number of bytes`,
    )
  }
  expect(() => sqliteStore({ path: './x', database: {} as never })).toThrow(/path or database, not both/)
  expect(() => sqliteStore({ database: {} as never })).toThrow(/must be one of better-sqlite3/)
})

test('a path that cannot be opened is an error', () => {
  const file = join(folder, 'text.db')
  writeFileSync(
    file,
    'this is no database, and long enough for that to be seen by whoever reads it '.repeat(100),
  )
  expect(() => sqliteStore({ path: file })).toThrow(/^SQLite cannot open .*text\.db: /)
  expect(() => sqliteStore({ path: '/dev/null/x.db' })).toThrow(/^SQLite cannot open/)
  expect(() => lmdbStore({ path: '/dev/null/x' })).toThrow(/^LMDB cannot open/)
})
