/**
 * Floor A: what Fastify and the socket cost. Nothing that has a page in a Buffer can be cheaper.
 */

import { pages } from '../shop/products.js'
import { HTML, numberOf } from '../shop/route.js'
import { renderPlain } from '../shop/stock.js'

export function serve(_settings, Fastify) {
  const app = Fastify()
  const bodies = pages.map((page) => Buffer.from(renderPlain(page.number)))
  app.get('/shop/:number', (request, reply) => {
    reply.type(HTML).send(bodies[numberOf(request)])
  })
  return { app }
}
