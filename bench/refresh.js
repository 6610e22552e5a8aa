/**
 * Measures a page of 8 fragments that live for one second, under load: how long visitors wait, and
 * how old the oldest fragment is that one of them sees. A fragment takes its database 50 ms, and
 * its process 10 ms of computing. `npm run bench:refresh`
 *
 * Arrivals are fixed in time (open loop): a page that has to wait delays no other.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startRedis } from './harness/redis.js'
import { openSite, TTL } from './refresh/site.js'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8)
const PAGES_A_SECOND = 200
/** Pages of the first moments fill the cache: the visitors after the first one count. */
const FILLING = 500

const WAYS = [
  { title: 'a queue and a worker', stale: '1h', refresh: /** @type {const} */ ('queue') },
  { title: 'stale-while-revalidate', stale: '1h', refresh: undefined },
  { title: 'neither', stale: 0, refresh: undefined },
]

const redis = await startRedis()
console.log(`${PAGES_A_SECOND} pages/s for ${SECONDS} s, 8 fragments with a ttl of ${TTL} ms. Times in ms.\n`)
console.log(
  `${''.padEnd(26)}${['pages', 'waited', 'p50', 'p99', 'max', 'oldest', `> ttl + 1 s`].map((title) => title.padStart(12)).join('')}`,
)
let failed = false
for (const [number, way] of WAYS.entries()) {
  const { waits, waited, oldest, tooOld } = await measure({
    ...way,
    prefix: `refresh${number}`,
    url: redis.urlOf(0),
  })
  const at = (share) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))].toFixed(1)
  const cells = [waits.length, waited, at(0.5), at(0.99), at(1), oldest, tooOld]
  console.log(way.title.padEnd(26) + cells.map((cell) => String(cell).padStart(12)).join(''))
  if (way.refresh === 'queue') failed = waited > 0 || tooOld > 0
}
console.log('\nwaited: pages with a fragment that was rendered while they waited, after the first visitors.')
await redis.stop()
process.exit(failed ? 1 : 0)

/** @param {Parameters<typeof openSite>[0]} options */
async function measure(options) {
  const site = openSite(options)
  const worker = options.refresh === 'queue' ? await startWorker(options) : undefined
  const waits = []
  let waited = 0
  let oldest = 0
  let tooOld = 0
  const begun = performance.now()
  const visit = async (due) => {
    const { body, fragments } = await site.cache.render('page', {})
    if (due - begun < FILLING) return
    const now = Date.now()
    const ages = [...String(body).matchAll(/<time>(\d+)<\/time>/g)].map(([, loaded]) => now - Number(loaded))
    waits.push(performance.now() - due)
    oldest = Math.max(oldest, ...ages)
    if (fragments.some(({ state, joined }) => state === 'miss' || joined)) waited++
    if (Math.max(...ages) > TTL + 1_000) tooOld++
  }
  const visits = []
  for (let n = 0; n < SECONDS * PAGES_A_SECOND; n++) {
    const due = begun + (n * 1_000) / PAGES_A_SECOND
    const ahead = due - performance.now()
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead))
    visits.push(visit(due))
  }
  await Promise.all(visits)
  await site.cache.settled()
  await worker?.stop()
  await site.close()
  waits.sort((one, other) => one - other)
  return { waits, waited, oldest, tooOld }
}

async function startWorker(options) {
  const child = fork(fileURLToPath(new URL('./refresh/worker.js', import.meta.url)), [
    JSON.stringify(options),
  ])
  await once(child, 'message')
  return {
    async stop() {
      child.send('stop')
      await once(child, 'exit')
    },
  }
}
