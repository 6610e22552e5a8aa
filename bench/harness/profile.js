import { mkdirSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pathsOf } from '../shop/route.js'
import { loaded } from './measure.js'
import { table } from './table.js'

const CONNECTIONS = 16
const SHOWN = 30
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Profiles one contender's server under load (after the warm-up: no compiler, no start).
 * @returns {Promise<string>} its functions by the time they took themselves
 */
export async function profile(stage, { profiled, warmUp, duration }, results) {
  await stage.open([profiled])
  const server = stage.servers.get(profiled.name)
  const setting = { paths: profiled.site === 'shop' ? pathsOf(1) : ['/'], connections: CONNECTIONS }
  await loaded(server, setting, { seed: 0, seconds: warmUp * 2 })

  mkdirSync(results, { recursive: true })
  const file = fileURLToPath(new URL(`${profiled.name}.cpuprofile`, results))
  await server.ask('startProfile')
  const { pages } = await loaded(server, setting, { seed: 1, seconds: duration * 2 })
  await server.ask('stopProfile', file)

  const functions = selfTimes(JSON.parse(readFileSync(file, 'utf8')))
  const total = functions.reduce((sum, { time }) => sum + time, 0)
  const rows = functions
    .slice(0, SHOWN)
    .map(({ time, name, place }) => [
      `${name}  ${place}`,
      (time / pages).toFixed(1),
      `${((100 * time) / total).toFixed(1)} %`,
    ])
  return (
    `${profiled.title}: ${pages} pages, ${(total / pages).toFixed(0)} us each while profiled, idle time left out\n` +
    `${table([['', 'us a page', 'share'], ...rows])}\n` +
    `For the whole tree, open ${relative(process.cwd(), file)} in Chrome's DevTools.`
  )
}

/** @returns {{ name: string, place: string, time: number }[]} microseconds, the most first */
function selfTimes({ nodes, samples, timeDeltas }) {
  const functionOf = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const functions = new Map()
  for (const [at, sample] of samples.entries()) {
    const { functionName, url, lineNumber } = functionOf.get(sample)
    if (functionName === '(idle)') continue
    const name = functionName || '(anonymous)'
    const place = url ? `${shortened(url)}:${lineNumber + 1}` : ''
    const key = `${name} ${place}`
    const one = functions.get(key) ?? { name, place, time: 0 }
    // A delta is the time since the sample before.
    one.time += timeDeltas[at + 1] ?? 0
    functions.set(key, one)
  }
  return [...functions.values()].sort((one, other) => other.time - one.time)
}

function shortened(url) {
  const path = url.startsWith('file://') ? fileURLToPath(url) : url
  return path.startsWith(ROOT) ? relative(resolve(ROOT), path) : path
}
