/**
 * No cache: stock nunjucks renders the page for each request, from a template without cache
 * tags.
 */

import { HTML, numberOf } from '../shop/route.js'
import { renderPlain } from '../shop/stock.js'

export function serve(_settings, Fastify) {
  const app = Fastify()
  app.get('/shop/:number', (request, reply) => {
    reply.type(HTML).send(renderPlain(numberOf(request)))
  })
  return { app }
}
