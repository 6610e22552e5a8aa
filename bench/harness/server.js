/**
 * The process of one contender: serves its pages on a free port, and answers what the benchmark
 * asks over IPC. Started by server-process.js with the contender's name and its settings (JSON) as
 * arguments.
 */

import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import Fastify from 'fastify'
import { contenderNamed } from '../contenders/index.js'
import { countTrips } from './trips.js'

const [name, settings] = process.argv.slice(2)

// Ctrl-C reaches the whole group of processes; the benchmark decides when we end, and if it is
// gone, we go too.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))

/** The channel to the benchmark. */
const send = (message) => process.send?.(message)

const { serve } = await contenderNamed(name).load()
const serving = await serve(JSON.parse(settings), Fastify)
const { app } = serving

let profiler
let trips

const ANSWERS = {
  /** Waits for what is still done after the last response. */
  settled: () => serving.settled?.(),
  /** Microseconds of CPU that this process took until now, in all its threads. */
  async cpu() {
    await serving.settled?.()
    const { user, system } = process.cpuUsage()
    return user + system
  },
  /** Before each round: what the last one left behind is dropped. */
  reset: () => serving.reset?.(),
  startTrips() {
    trips = countTrips()
  },
  async stopTrips() {
    await serving.settled?.()
    return trips.stop()
  },
  async startProfile() {
    profiler = new Session()
    profiler.connect()
    await profiler.post('Profiler.enable')
    await profiler.post('Profiler.setSamplingInterval', { interval: 200 })
    await profiler.post('Profiler.start')
  },
  async stopProfile(file) {
    const { profile } = await profiler.post('Profiler.stop')
    profiler.disconnect()
    writeFileSync(file, JSON.stringify(profile))
  },
}

process.on('message', async ({ id, question, argument }) => {
  try {
    send({ id, answer: await ANSWERS[question](argument) })
  } catch (error) {
    send({ id, error: /** @type {Error} */ (error).stack })
  }
})

await app.listen({ port: 0, host: '127.0.0.1' })
send({ port: /** @type {import('node:net').AddressInfo} */ (app.server.address()).port })
