import autocannon from 'autocannon'
import { seededRandom } from './random.js'
import { quantile } from './statistics.js'

/** Pages that a connection draws before its list starts again. */
const DRAWN = 256

/** A round that takes this many times longer than planned has gone wrong. */
const PATIENCE = 10

/**
 * Loads a server: each connection asks for its next page as soon as the last is there.
 *
 * Each connection draws pages of its own: with one list for all they would ask for the same page at
 * the same time, which flatters whatever joins concurrent reads.
 * @param {object} options
 * @param {number} options.port
 * @param {readonly string[]} options.paths to draw from
 * @param {number} options.connections
 * @param {number} options.seed the same draw for each contender of a round
 * @param {number} options.seconds how long, by the clock; with `amount`: about how long
 * @param {number} [options.amount] of pages. A round has one, so that none is begun and not counted
 */
export async function load({ port, paths, connections, seed, seconds, amount }) {
  const times = []
  const ends = []
  let failure
  let connection = 0

  const startedAt = performance.now()
  const run = autocannon({
    url: `http://127.0.0.1:${port}${paths[0]}`,
    connections,
    ...(amount ? { amount } : { duration: 3600 }),
    sampleInt: 50, // how soon it sees that it is done
    timeout: 30,
    bailout: 1,
    setupClient(client) {
      const random = seededRandom(seed * 1009 + connection++)
      client.setRequests(
        paths.length === 1
          ? [{ path: paths[0] }]
          : Array.from({ length: DRAWN }, () => ({ path: paths[Math.floor(random() * paths.length)] })),
      )
    },
  })
  run.on('response', (_client, status, _bytes, time) => {
    if (status !== 200) failure ??= new Error(`answered with status ${status}`)
    times.push(time)
    ends.push(performance.now())
  })
  run.on('reqError', (error) => {
    failure ??= error
  })
  // A warm-up of a slow page goes on until each connection has had one.
  const stop = () => {
    const waited = performance.now() - startedAt
    if (!amount && times.length < connections && waited < PATIENCE * 1000) {
      limit = setTimeout(stop, 50)
      return
    }
    if (amount) failure ??= new Error(`took more than ${PATIENCE} times ${seconds} s`)
    run.stop()
  }
  let limit = setTimeout(stop, (amount ? PATIENCE * Math.max(seconds, 1) : seconds) * 1000)
  try {
    await run
  } finally {
    clearTimeout(limit)
  }
  if (!failure && times.length === 0) failure = new Error('answered nothing')
  if (failure) throw failure

  const sorted = Float64Array.from(times).sort()
  return {
    pages: times.length,
    pagesPerSecond: (times.length / (ends.at(-1) - startedAt)) * 1000,
    /** The rate of the second half, for the warm-up: the first half is not what follows. */
    lateRate: lateRate(startedAt, ends),
    /** Milliseconds. */
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  }
}

function lateRate(startedAt, ends) {
  const end = ends.at(-1)
  const middle = startedAt + (end - startedAt) / 2
  const late = ends.filter((time) => time > middle).length
  return (late / (end - middle)) * 1000
}
