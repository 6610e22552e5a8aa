/**
 * The shop on another cache library: the handler knows the keys of its page, and joins what is
 * around them. No template.
 */

import { present } from '../harness/present.js'
import { pages, shop } from './products.js'
import { HTML, numberOf } from './route.js'
import { piecesOf } from './stock.js'

/**
 * @param {import('../rivals/index.js').Open} open
 * @param {import('../contenders/index.js').Settings} settings
 * @param {typeof import('fastify').default} Fastify
 */
export async function serveWithRival(open, { redisUrl }, Fastify) {
  const { prices } = shop()
  const keyOf = ({ id }) => `product:${id}:${prices}`
  const around = pages.map(({ number }) => piecesOf(number))
  const fragments = new Map(
    pages.flatMap(({ number, products }) =>
      products.map((product, at) => [keyOf(product), around[number].fragments[at]]),
    ),
  )
  const rival = await open({ redisUrl, load: (key) => present(fragments, key) })

  const app = Fastify()
  app.get('/shop/:number', async (request, reply) => {
    const number = numberOf(request)
    const html = await rival.getMany(pages[number].products.map(keyOf))
    const { head, foot } = around[number]
    reply.type(HTML)
    return head + html.join('') + foot
  })
  app.addHook('onClose', () => rival.close())
  return { app }
}
