/**
 * Writes entries that say themselves whether they are whole, without end, until it is killed; tells
 * a byte for each batch. Arguments: the store, its path.
 */
import { createHash, randomBytes } from 'node:crypto'
import { lmdbStore } from '../../../dist/stores/lmdb/index.js'
import { sqliteStore } from '../../../dist/stores/sqlite/index.js'

const [kind, path] = process.argv.slice(2)
const store =
  kind === 'lmdb'
    ? lmdbStore({ path, maxBytes: 8 * 1024 * 1024 })
    : sqliteStore({ path, maxBytes: 8 * 1024 * 1024 })
process.stdout.write('.')
for (;;) {
  const writes = Array.from({ length: 24 }, () => {
    const content = randomBytes(500 + Math.floor(Math.random() * 4_000))
    const value = Buffer.concat([createHash('sha256').update(content).digest(), content])
    return { key: `key:${Math.floor(Math.random() * 500)}`, value, ttl: 60_000 }
  })
  await store.setMany(writes)
  process.stdout.write('.')
  await store.stampMany([{ key: 'tag', kind: 'invalidated', ttl: 60_000 }])
  await new Promise(setImmediate)
}
