/**
 * Measures a batch of values, beside other cache libraries: 1, 24 and 200 values of 2 KB that
 * are all there; rounds of all in turn. `npm run bench:getmany`
 */

import { FragmentCache } from '../dist/index.js'
import { memoryStore } from '../dist/stores/memory/index.js'
import { redisStore } from '../dist/stores/redis/index.js'
import { tieredStore } from '../dist/stores/tiered/index.js'
import { measureInTurn } from './harness/in-turn.js'
import { startRedis } from './harness/redis.js'
import { table } from './harness/table.js'
import { RIVALS } from './rivals/index.js'

const COUNTS = [1, 24, 200]
const VALUE = 'x'.repeat(2_000)
const keys = Array.from({ length: 200 }, (_, n) => `card:${n}`)

const redis = await startRedis()
const contenders = new Map()
contenders.set('onetrip on Redis', ours(redisStore({ url: redis.urlOf(0) })))
contenders.set(
  'onetrip, memory and Redis',
  ours(tieredStore({ first: memoryStore(), second: redisStore({ url: redis.urlOf(1) }) })),
)
for (const [n, { title, load }] of RIVALS.entries()) {
  const { open } = await load()
  contenders.set(title, await open({ redisUrl: redis.urlOf(n + 2), load: () => VALUE }))
}

for (const [title, { getMany, fill }] of contenders) {
  await fill?.()
  // Those in memory take what they have read.
  for (let n = 0; n < 20; n++) {
    await getMany(keys)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const values = await getMany(keys)
  if (values.length !== keys.length || values.some((value) => value !== VALUE))
    throw new Error(`${title} gave other values`)
}

const rows = []
for (const count of COUNTS) {
  const some = keys.slice(0, count)
  const costs = await measureInTurn(
    new Map([...contenders].map(([title, { getMany }]) => [title, () => getMany(some)])),
  )
  const floor = costs.get('onetrip on Redis')?.wall ?? Number.NaN
  for (const [title, { wall, cpu }] of costs)
    rows.push([`${count}  ${title}`, wall.toFixed(1), cpu.toFixed(1), (wall / floor).toFixed(2)])
}
console.log(table([['values', 'us a call', 'us of CPU here', 'x onetrip on Redis'], ...rows]))

for (const { close } of contenders.values()) await close()
await redis.stop()
process.exit()

function ours(store) {
  const cache = new FragmentCache({ store, ttl: '1h' })
  return {
    fill: () => cache.values.setMany(new Map(keys.map((key) => [key, VALUE]))),
    getMany: (some) => cache.values.getMany(some),
    close: () => cache.close(),
  }
}
