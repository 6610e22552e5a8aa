import { median } from './statistics.js'

const ROUNDS = 7
const MILLISECONDS = 150

/**
 * Measures one call of each of several functions that do the same: rounds of all of them in turn,
 * each of many calls one after the other.
 *
 * @param {ReadonlyMap<string, () => Promise<unknown>>} calls by name
 * @returns {Promise<Map<string, { wall: number, cpu: number }>>} microseconds of one call, and of
 *   CPU in this process: medians
 */
export async function measureInTurn(calls) {
  /** @type {Map<string, { wall: number, cpu: number }[]>} */
  const rounds = new Map([...calls.keys()].map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, call] of calls) rounds.get(name)?.push(await measure(call))
  return new Map(
    [...rounds].map(([name, all]) => [
      name,
      { wall: median(all.map(({ wall }) => wall)), cpu: median(all.map(({ cpu }) => cpu)) },
    ]),
  )
}

async function measure(call) {
  const before = process.cpuUsage()
  const begun = performance.now()
  let count = 0
  while (performance.now() - begun < MILLISECONDS) {
    await call()
    count++
  }
  const { user, system } = process.cpuUsage(before)
  return { wall: ((performance.now() - begun) * 1000) / count, cpu: (user + system) / count }
}
