/**
 * One process of a site: notes the params that its visitors ask for, drawn by a Zipf distribution.
 * Arguments: the port of Redis, a seed, how many requests, how many params there are.
 */
import { RedisHotFragments } from '../../dist/hot/redis-hot-fragments.js'

const [port, seed, requests, size] = process.argv.slice(2).map(Number)

let state = seed
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

const sums = new Float64Array(size)
for (let n = 0; n < size; n++) sums[n] = (sums[n - 1] ?? 0) + 1 / (n + 1)
function draw() {
  const at = random() * sums[size - 1]
  let [low, high] = [0, size - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle] < at) low = middle + 1
    else high = middle
  }
  return low
}

const hot = new RedisHotFragments(`redis://127.0.0.1:${port}`, { window: '365d' })
const counts = new Array(size).fill(0)
for (let n = 1; n <= requests; n++) {
  const id = draw()
  counts[id]++
  hot.note('film', JSON.stringify({ id }))
  if (n % 2_000 === 0) await hot.flush()
}
await hot.close()
process.send(counts, () => process.disconnect())
