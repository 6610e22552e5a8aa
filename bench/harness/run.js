import { checkPages, expectedPages } from './check-pages.js'
import { describeMachine } from './machine.js'
import { loaded, measure } from './measure.js'
import { present } from './present.js'
import { Progress } from './progress.js'
import { settingsFor } from './settings.js'

const WARM_UP_CONNECTIONS = 16
const PROBES = 5

/**
 * Runs the whole benchmark on a stage: start, check, warm up, measure, check again.
 * @param {import('./stage.js').Stage} stage
 * @param {import('./options.js').Options} options
 */
export async function run(stage, options) {
  const { contenders } = options
  const settings = settingsFor(contenders, options.connections)
  const rounds = settings.reduce((sum, setting) => sum + setting.contenders.length, 0) * (options.rounds + 1)
  const progress = new Progress(contenders.length * 2 + rounds)

  await stage.open(contenders, (name) => progress.step('Starting servers', name))
  const machine = describeMachine(stage.redis.version)
  const expected = await expectedPages(new Set(contenders.map(({ site }) => site)))
  const trips = new Map()
  for (const { name, site } of contenders) {
    progress.step('Checking pages, warming up', name)
    const server = present(stage.servers, name)
    const pages = present(expected, site)
    await checkPages(server, pages)
    await server.ask('settled')
    await checkPages(server, pages) // from the cache, where there is one
    trips.set(name, await tripsOf(server, [...pages.keys()][0]))
    const all = { paths: [...pages.keys()], connections: WARM_UP_CONNECTIONS }
    await loaded(server, all, { seed: 0, seconds: options.warmUp })
  }

  const measured = []
  for (const setting of settings) {
    const section = `${setting.title}, ${setting.connections} connections`
    const step = (what) => progress.step(section, what)
    measured.push({ setting, rounds: await measure(setting, stage.servers, stage.redis, options, step) })
  }
  for (const { name, site } of contenders)
    await checkPages(present(stage.servers, name), present(expected, site))
  progress.end()
  return { measured, trips, machine, options }
}

/** Counts how often one page alone waits for Redis, its write-back included. */
async function tripsOf(server, path) {
  await server.ask('startTrips')
  for (let probe = 0; probe < PROBES; probe++) {
    await (await fetch(`http://127.0.0.1:${server.port}${path}`)).arrayBuffer()
    await server.ask('settled')
  }
  return (await server.ask('stopTrips')) / PROBES
}
