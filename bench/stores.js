/**
 * Measures a batch on each store: `getMany` of 1, 24 and 200 values of 2 KB, and `setMany` of
 * 24; rounds of all stores in turn. `npm run bench:stores`
 */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from '../dist/stores/lmdb/index.js'
import { memcachedStore } from '../dist/stores/memcached/index.js'
import { memoryStore } from '../dist/stores/memory/index.js'
import { redisStore } from '../dist/stores/redis/index.js'
import { sqliteStore } from '../dist/stores/sqlite/index.js'
import { tieredStore } from '../dist/stores/tiered/index.js'
import { freePort } from './harness/free-port.js'
import { measureInTurn } from './harness/in-turn.js'
import { startRedis } from './harness/redis.js'
import { table } from './harness/table.js'

const SIZE = 2_000

const folder = mkdtempSync(join(tmpdir(), 'onetrip-bench-stores-'))
const redis = await startRedis()
const memcached = await startMemcached()
const stores = {
  memoryStore: memoryStore(),
  'tieredStore, all held': tieredStore({ first: memoryStore(), second: redisStore({ url: redis.urlOf(1) }) }),
  lmdbStore: lmdbStore({ path: join(folder, 'lmdb') }),
  sqliteStore: sqliteStore({ path: join(folder, 'cache.db') }),
  redisStore: redisStore({ url: redis.urlOf(0) }),
  ...(memcached && { memcachedStore: memcachedStore({ servers: [memcached.address] }) }),
}

const keys = Array.from({ length: 200 }, (_, n) => `onetrip:0::4:card:n3:${n}`)
const value = Buffer.alloc(SIZE, 'x')
const write = (count) => keys.slice(0, count).map((key) => ({ key, value, ttl: 3_600_000 }))
const read = (count) => {
  const some = keys.slice(0, count)
  return (store) => store.getCopies?.(some) ?? store.getMany(some)
}
const calls = {
  'getMany 1': read(1),
  'getMany 24': read(24),
  'getMany 200': read(200),
  'setMany 24': (store) => store.setMany(write(24)),
}

for (const store of Object.values(stores)) await store.setMany(write(200))
// The tier keeps what it has read while Redis tells it of changes.
for (let n = 0; n < 20; n++) {
  await stores['tieredStore, all held'].getMany(keys)
  await new Promise((resolve) => setTimeout(resolve, 20))
}

const rows = []
for (const [what, call] of Object.entries(calls)) {
  // A write takes the copies away: the tier is Redis then.
  const measured = Object.entries(stores).filter(
    ([name]) => !what.startsWith('set') || !name.startsWith('tiered'),
  )
  const costs = await measureInTurn(new Map(measured.map(([name, store]) => [name, () => call(store)])))
  const floor = costs.get('redisStore')?.wall ?? Number.NaN
  for (const [name, { wall, cpu }] of costs)
    rows.push([`${what}  ${name}`, wall.toFixed(1), cpu.toFixed(1), (wall / floor).toFixed(2)])
}
console.log(table([['', 'us a call', 'us of CPU here', 'x redisStore'], ...rows]))

await Promise.all(Object.values(stores).map((store) => store.close()))
await redis.stop()
memcached?.stop()
rmSync(folder, { recursive: true })

async function startMemcached() {
  if (spawnSync('memcached', ['--version']).status !== 0) return undefined
  const port = await freePort()
  const child = spawn('memcached', ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-u', 'nobody'], {
    stdio: 'ignore',
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  return { address: `127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') }
}
