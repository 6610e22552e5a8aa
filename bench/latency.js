/**
 * Measures what the way to Redis adds to a page, and what a dead Redis adds. One page at a time,
 * in one process; the ways take turns. Needs a redis-server. `npm run bench:latency` (about a
 * minute), `-- --quick` to see that it runs.
 */

import { connect, createServer } from 'node:net'
import { Redis } from 'ioredis'
import nunjucks from 'nunjucks'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { redisStore } from 'onetrip/stores/redis'
import { startRedis } from './harness/redis.js'
import { median, quantile } from './harness/statistics.js'
import { pages, shop } from './shop/products.js'
import { SHOP, TEMPLATE as SHOP_PAGE } from './shop/stock.js'
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
  const cache = cacheOf({ url: `redis://127.0.0.1:${port}` }, { timeout: '2s', entries: { beta: 0 } })
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
/** The shop's page, with the breaker open, and by an engine that does not cache. */
async function deadRedis() {
  const data = { shop: shop(), page: pages[0] }
  const dead = await delayed(target, 0)
  const cache = cacheOf({ url: `redis://127.0.0.1:${dead.port}` }, { engine: nunjucksEngine({ root: SHOP }) })
  const plain = cacheOf({ url: redis.urlOf(1) }, { engine: nunjucksEngine({ root: SHOP, cache: false }) })
  await cache.render(SHOP_PAGE, data)
  await cache.settled()
  await dead.close()
  const opened = new Promise((resolve) => cache.on((event) => event.type === 'breaker' && resolve(event)))
  await cache.render(SHOP_PAGE, data)
  await opened
  const ways = { dead: cache, plain }
  const rounds = []
  for (let round = 0; round <= (QUICK ? 1 : 7); round++) {
    const times = { dead: [], plain: [] }
    for (let n = 0; n < PAGES * 5; n++) {
      for (const [way, one] of Object.entries(ways)) {
        const begun = performance.now()
        await one.render(SHOP_PAGE, data)
        times[way].push(performance.now() - begun)
      }
    }
    const sorted = {
      dead: Float64Array.from(times.dead).sort(),
      plain: Float64Array.from(times.plain).sort(),
    }
    // The first warms up.
    if (round > 0) rounds.push(sorted)
  }
  console.log(
    "\nThe shop's page of 24 fragments with Redis dead, to the same without a cache; medians of rounds:",
  )
  for (const [name, share] of Object.entries({ median: 0.5, p90: 0.9, p99: 0.99 })) {
    const of = (way) => median(rounds.map((round) => quantile(round[way], share)))
    const ratio = median(rounds.map((round) => quantile(round.dead, share) / quantile(round.plain, share)))
    console.log(
      `  ${name.padEnd(8)}${of('dead').toFixed(3)} ms / ${of('plain').toFixed(3)} ms = ${ratio.toFixed(2)}`,
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
        port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
        close: () => {
          for (const socket of sockets) socket.destroy()
          return new Promise((done) => server.close(done))
        },
      }),
    )
  })
}
