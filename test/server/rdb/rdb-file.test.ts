import { expect, test } from 'vitest'
import { Hash } from '../../../src/server/commands/hashes/hash.ts'
import { Config } from '../../../src/server/config/config.ts'
import { EncodingLimits } from '../../../src/server/config/encoding-limits.ts'
import { AccessFrequency } from '../../../src/server/data/access-frequency.ts'
import { Database } from '../../../src/server/data/database.ts'
import { crc64 } from '../../../src/server/rdb/crc64.ts'
import { readRdb, writeRdb } from '../../../src/server/rdb/rdb-file.ts'

const config = new Config()
const limits = new EncodingLimits(config)
const NEVER = Number.POSITIVE_INFINITY

function database(index: number): Database {
  const observer = { added() {}, changed() {}, vanished() {}, notify() {}, expires() {} }
  const stats = { keyspaceHits: 0, keyspaceMisses: 0, expiredKeys: 0, memory: 0 }
  return new Database(index, { now: 0 }, observer, stats, new AccessFrequency(config))
}

function file(): string {
  const databases = [0, 1, 2].map(database)
  databases[0]?.set('a', 'text')
  databases[0]?.setExpiry('a', 4_000_000_000_000)
  databases[0]?.set('\x00\xff', '12')
  const hash = new Hash()
  hash.set('field', 'value')
  databases[2]?.set('hash', hash)
  return [...writeRdb(databases, limits)].join('')
}

const keysOf = (bytes: string) => [...readRdb(bytes, limits)]

test('what is written is read: databases, keys, expiries', () => {
  const [first, second, third, ...more] = keysOf(file())
  expect(first).toEqual({ database: 0, key: 'a', value: 'text', expiresAt: 4_000_000_000_000 })
  expect(second).toEqual({ database: 0, key: '\x00\xff', value: '12', expiresAt: NEVER })
  expect(third).toMatchObject({ database: 2, key: 'hash', expiresAt: NEVER })
  expect(third?.value).toBeInstanceOf(Hash)
  expect((third?.value as Hash | undefined)?.entries).toEqual(new Map([['field', 'value']]))
  expect(more).toEqual([])
})

test('a server without keys writes a file, too', () => {
  expect(keysOf([...writeRdb([database(0)], limits)].join(''))).toEqual([])
})

test('what Redis writes besides is skipped', () => {
  const info = '\xfa\x09redis-ver\x067.0.15'
  const sizes = '\xfb\x01\x01'
  const used = '\xf8\x40\xff\xf9\x05'
  const seconds = '\xfd\x00\x5e\xd0\x6e'
  const body = `REDIS0010${info}\xfe\x01${sizes}${seconds}${used}\x00\x01a\x01b\xff`
  expect(keysOf(body + crc64(body))).toEqual([
    { database: 1, key: 'a', value: 'b', expiresAt: 0x6ed05e00 * 1_000 },
  ])
  expect(keysOf(`${body}${'\0'.repeat(8)}`)).toHaveLength(1)
})

test('damaged files, and those of newer versions, are refused', () => {
  const bytes = file()
  for (let length = 0; length < bytes.length; length++)
    expect(() => keysOf(bytes.slice(0, length))).toThrow('Bad data format')
  for (let at = 0; at < bytes.length; at++) {
    const damaged = `${bytes.slice(0, at)}${bytes[at] === 'x' ? 'y' : 'x'}${bytes.slice(at + 1)}`
    expect(() => keysOf(damaged)).toThrow('Bad data format')
  }
  const newer = `REDIS0011\xff`
  expect(() => keysOf(newer + crc64(newer))).toThrow('Bad data format')
})
