/**
 * One of several processes on one Redis, which all meet a cold page at the same time. Started by
 * stampede.test.ts.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import nunjucks from 'nunjucks'
import { nunjucksEngine } from '../../../../dist/engines/nunjucks/index.js'
import { FragmentCache, lazy } from '../../../../dist/index.js'
import { redisStore } from '../../../../dist/stores/redis/index.js'
import { slowClock } from '../../../helpers/slow-clock.js'

const [, , url, mode, lockTtl] = process.argv
const environment = new nunjucks.Environment(
  new (class extends nunjucks.Loader {
    getSource = (path) => ({
      path,
      src: '{% for n in list %}{% cache "card", n, tags=["t" ~ n] %}{{ cards[n] }}{% endcache %}{% endfor %}',
    })
  })(),
)
const store = redisStore({ url }, slowClock)
const cache = new FragmentCache({
  store,
  engine: nunjucksEngine({ environment }),
  ttl: '1m',
  singleFlight: { mode, wait: '120s', lockTtl },
  // Four processes on few cores.
  timeout: '60s',
})
const rendered = {}

process.on('message', async ({ count, cards, slow, order }) => {
  const pages = await Promise.all(
    Array.from({ length: count }, async (_, p) => {
      const list = Array.from({ length: cards }, (_, n) => (order && p % 2 ? cards - 1 - n : n))
      const data = {
        list,
        cards: list.map((n) =>
          lazy(async () => {
            rendered[n] = (rendered[n] ?? 0) + 1
            process.send({ rendering: n })
            await sleep(slow)
            return `<${n}>`
          }),
        ),
      }
      // By number, whatever the order on this page.
      data.cards = Object.fromEntries(list.map((n, at) => [n, data.cards[at]]))
      const { body } = await cache.render('page', data)
      return body.toString() === list.map((n) => `&lt;${n}&gt;`).join('')
    }),
  )
  await cache.settled()
  process.send({ done: { right: pages.filter(Boolean).length, rendered } })
})

// A connection first: it is not what is looked at here.
while (!(await store.clock().catch(() => false))) await sleep(50)
await cache.render('page', { list: [], cards: [] })
process.send({ ready: true })
