import { load } from './load.js'
import { present } from './present.js'
import { median } from './statistics.js'

/**
 * One setting: every contender is warmed up, then measured in rounds that are interleaved (A B C, A
 * B C, ...), so that whatever else the machine does hits all of them.
 *
 * @param {import('./settings.js').Setting} setting
 * @param {Map<string, import('./server-process.js').ServerProcess>} servers by contender
 * @param {{ commands(): Promise<number> }} redis
 * @param {import('./options.js').Options} options
 * @param {(what: string) => void} progress
 * @returns {Promise<Map<string, Round[]>>} by contender
 */
export async function measure(setting, servers, redis, options, progress) {
  const amounts = new Map()
  for (const { name } of setting.contenders) {
    progress(`${name}, warming up`)
    const server = present(servers, name)
    await server.ask('reset')
    const { lateRate } = await loaded(server, setting, { seed: 0, seconds: options.calibration })
    // The same number of pages each round; no connection without one.
    amounts.set(name, Math.max(Math.round(lateRate * options.duration), setting.connections))
  }
  /** @type {Map<string, Round[]>} */
  const rounds = new Map(setting.contenders.map(({ name }) => [name, []]))
  for (let round = 1; round <= options.rounds; round++) {
    for (const { name } of setting.contenders) {
      progress(`${name}, round ${round} of ${options.rounds}`)
      const run = { seed: round, seconds: options.duration, amount: amounts.get(name) }
      present(rounds, name).push(await measureRound(present(servers, name), setting, redis, run))
    }
  }
  return rounds
}

/** @typedef {Awaited<ReturnType<typeof measureRound>>} Round */

async function measureRound(server, setting, redis, run) {
  await server.ask('reset')
  const commandsBefore = await redis.commands()
  const generatorBefore = process.cpuUsage()
  const startedAt = performance.now()
  const cpuBefore = await server.ask('cpu')
  const { pages, pagesPerSecond, p50, p99 } = await loaded(server, setting, run)
  const cpu = (await server.ask('cpu')) - cpuBefore
  const wall = (performance.now() - startedAt) * 1000
  const generator = process.cpuUsage(generatorBefore)
  const commands = (await redis.commands()) - commandsBefore
  return {
    pages,
    pagesPerSecond,
    p50,
    p99,
    /** Microseconds of the server's CPU for each page. */
    cpu: cpu / pages,
    commands: commands / pages,
    /** The part of a core that the server took, and the load generator. */
    busy: cpu / wall,
    generatorBusy: (generator.user + generator.system) / wall,
  }
}

/** Also the warm-up before all settings. */
export async function loaded(server, { paths, connections }, run) {
  try {
    return await load({ port: server.port, paths, connections, ...run })
  } catch (error) {
    throw new Error(`${server.name}: ${/** @type {Error} */ (error).message}`, { cause: error })
  }
}

/**
 * Returns each measure's median over the rounds.
 * @param {Round[]} rounds
 * @returns {Round}
 */
export function medians(rounds) {
  const entries = Object.keys(rounds[0]).map((measure) => [
    measure,
    median(rounds.map((round) => round[/** @type {keyof Round} */ (measure)])),
  ])
  return /** @type {Round} */ (Object.fromEntries(entries))
}

/**
 * A contender's measure as a ratio to another's, round by round: two that ran one after the other
 * shared the machine's mood. The median of these is steadier than the ratio of two medians.
 */
export function ratio(rounds, baseRounds, measure) {
  if (!rounds || !baseRounds) return undefined
  return median(rounds.map((round, at) => round[measure] / baseRounds[at][measure]))
}
