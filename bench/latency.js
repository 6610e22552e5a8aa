/**
 * What does the way to Redis add to a page, and what does a Redis that is dead? One page at a time, in one process; the
 * ways take turns. Needs a redis-server. `npm run bench:latency` (about a minute), `-- --quick` to see that it runs.
 */

import { connect, createServer } from 'node:net'
import { Redis } from 'ioredis'
import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { redisStore } from 'onetrip/stores/redis'
import { startRedis } from './harness/redis.js'
import { median, quantile } from './harness/statistics.js'
import { OneTemplate } from './templates/one-template.js'

const QUICK = process.argv.includes('--quick')
const PAGES = QUICK ? 5 : 200
const COUNTS = QUICK ? [1, 24] : [1, 24, 100, 200]
const DELAYS = QUICK ? [0, 1] : [0, 1, 5]
const TEMPLATE =
  '<ul>{% for card in cards %}{% cache "card", card.id, ttl="1h" %}<li>{{ card.text }}</li>{% endcache %}{% endfor %}</ul>'
const TEXT = 'x'.repeat(2000)

const redis = await startRedis()
const target = Number(new URL(redis.urlOf(0)).port)

console.log('Milliseconds a page of hits: medians\n')
console.log(
  `${'added a trip'.padEnd(14)}${'fragments'.padStart(10)}${'one MGET'.padStart(11)}${'onetrip'.padStart(10)}${'ratio'.padStart(8)}${'GETs in turn'.padStart(14)}`,
)
for (const delay of DELAYS) {
  const proxy = await delayed(target, delay)
  for (const count of COUNTS) await compare(proxy.port, delay, count)
  await proxy.close()
}
await deadRedis()
await redis.stop()

async function compare(port, delay, count) {
  const client = new Redis(port, '127.0.0.1')
  const cards = Array.from({ length: count }, (_, id) => ({ id, text: TEXT }))
  const cache = cacheOf({ url: `redis://127.0.0.1:${port}` }, { timeout: '2s', beta: 0 })
  await cache.render('page', { cards: [cards[0]] }).catch(() => {})
  await cache.render('page', { cards })
  await cache.settled()
  const right = (await cache.render('page', { cards })).body
  const keys = cards.map(({ id }) => `by-hand:${id}`)
  await Promise.all(keys.map((key) => client.set(key, `<li>${TEXT}</li>`)))
  const ways = {
    mget: async () => join(await client.mgetBuffer(keys)),
    onetrip: async () => (await cache.render('page', { cards })).body,
    // 200 in turn at 5 ms are two seconds a page: fewer of them are enough.
    gets: async () => {
      const found = []
      for (const key of keys) found.push(await client.getBuffer(key))
      return join(found)
    },
  }
  const times = { mget: [], onetrip: [], gets: [] }
  for (let n = 0; n < PAGES; n++) {
    for (const [way, page] of Object.entries(ways)) {
      if (way === 'gets' && n >= PAGES / Math.max(1, (count * (delay + 0.2)) / 20)) continue
      const begun = performance.now()
      const body = await page()
      times[way].push(performance.now() - begun)
      if (!body.equals(right)) throw new Error(`${way}: not the page`)
    }
  }
  const [mget, onetrip, gets] = [times.mget, times.onetrip, times.gets].map(median)
  console.log(
    `${delay} ms`.padEnd(14) +
      String(count).padStart(10) +
      mget.toFixed(2).padStart(11) +
      onetrip.toFixed(2).padStart(10) +
      (onetrip / mget).toFixed(2).padStart(8) +
      gets.toFixed(2).padStart(14),
  )
  client.disconnect()
  await cache.close()
}

/** Against the same pages without a cache, when the breaker is open. */
async function deadRedis() {
  const cards = Array.from({ length: 24 }, (_, id) => ({ id, text: TEXT }))
  const uncached = engineOf(false)
  const dead = await delayed(target, 0)
  const cache = cacheOf({ url: `redis://127.0.0.1:${dead.port}` }, {})
  const plain = cacheOf({ url: redis.urlOf(1) }, { engine: uncached })
  await cache.render('page', { cards })
  await cache.settled()
  await dead.close()
  const opened = new Promise((resolve) => cache.on((event) => event.type === 'breaker' && resolve()))
  await cache.render('page', { cards })
  await opened
  const times = { dead: [], plain: [] }
  for (let n = 0; n < PAGES * 10; n++) {
    for (const [way, one] of [
      ['dead', cache],
      ['plain', plain],
    ]) {
      const begun = performance.now()
      await one.render('page', { cards })
      times[way].push(performance.now() - begun)
    }
  }
  const at = (way, share) => quantile(Float64Array.from(times[way]).sort(), share)
  console.log('\nA page of 24 fragments with Redis dead, to the same without a cache:')
  for (const [name, share] of [
    ['median', 0.5],
    ['p99', 0.99],
  ]) {
    const [gone, without] = [at('dead', share), at('plain', share)]
    console.log(
      `  ${name.padEnd(8)}${gone.toFixed(3)} ms / ${without.toFixed(3)} ms = ${(gone / without).toFixed(2)}`,
    )
  }
  await Promise.all([cache.close(), plain.close()])
}

function join(found) {
  return Buffer.concat([Buffer.from('<ul>'), ...found, Buffer.from('</ul>')])
}

function engineOf(cache) {
  const environment = new nunjucks.Environment(new OneTemplate(TEMPLATE))
  return nunjucksEngine({ environment, cache })
}

function cacheOf(redisOptions, options) {
  return new FragmentCache({
    store: redisStore(redisOptions),
    engine: engineOf(true),
    safety: 'off',
    ...options,
  })
}

/** A proxy that holds each answer back. */
function delayed(port, delay) {
  const sockets = new Set()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket
        .on('error', () => {})
        .on('close', () => {
          client.destroy()
          upstream.destroy()
        })
    }
    client.pipe(upstream)
    if (delay === 0) upstream.pipe(client)
    else upstream.on('data', (chunk) => setTimeout(() => client.write(chunk), delay))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: server.address().port,
        close: () => {
          for (const socket of sockets) socket.destroy()
          return new Promise((done) => server.close(done))
        },
      }),
    )
  })
}
