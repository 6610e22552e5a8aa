/**
 * One process of a site: notes the params that its visitors ask for. The params 0 to 19 are asked
 * for 20, 19, ... 1 times `step`, the other ones at random, all of them mixed. Arguments: the port
 * of Redis, a seed, how many requests, how many params there are, the step.
 */
import { RedisHotFragments } from '../../dist/hot/redis-hot-fragments.js'

const [port, seed, requests, size, step] = process.argv.slice(2).map(Number)

let state = seed
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

const TOP = 20
const asked = Array.from({ length: TOP }, (_, id) => new Array(step * (TOP - id)).fill(id)).flat()
while (asked.length < requests) asked.push(TOP + Math.floor(random() * (size - TOP)))
for (let n = requests - 1; n > 0; n--) {
  const other = Math.floor(random() * (n + 1))
  ;[asked[n], asked[other]] = [asked[other], asked[n]]
}

const hot = new RedisHotFragments(`redis://127.0.0.1:${port}`, { window: '365d' })
const counts = new Array(size).fill(0)
for (const [n, id] of asked.entries()) {
  counts[id]++
  hot.note('film', JSON.stringify({ id }))
  if ((n + 1) % 2_000 === 0) await hot.flush()
}
await hot.close()
process.send(counts, () => process.disconnect())
