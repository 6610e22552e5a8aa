import express from 'express'
import Fastify from 'fastify'
import nunjucks from 'nunjucks'
import onetripExpress from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { installCache } from 'onetrip/nunjucks'
import { expect, test } from 'vitest'
import { engineOf, TestLoader } from '../helpers/templates.ts'

/** Values of `res.locals` belong to one visitor, unless they are declared as shared. */
const PAGE = '{% cache "menu" %}{{ greeting }}{{ site }}{% endcache %}'
const LEAK = /reads greeting: it comes from the response's own values/

/** Returns what an Express app answers for a page whose greeting is in `res.locals`. */
async function answerOf(app: express.Express): Promise<string> {
  app.locals.site = 'Reel'
  app.get('/', (_request, response) => {
    response.locals.greeting = 'Hi'
    response.render('page', {}, (error: Error | null, html: string) =>
      response.send(error ? error.message : html),
    )
  })
  const server = app.listen(0)
  const { port } = server.address() as { port: number }
  const answer = await (await fetch(`http://127.0.0.1:${port}/`)).text()
  await new Promise((resolve) => server.close(resolve))
  return answer
}

test.each([
  [[], LEAK],
  [['greeting'], /^HiReel$/],
])('res.locals of Express, shared: %j', async (shared, answer) => {
  const app = express()
  const cached = onetripExpress({ engine: engineOf({ page: PAGE }), ttl: '5m', safety: { shared } })
  app.use(cached)
  expect(await answerOf(app)).toMatch(answer)
  await cached.fragments.close()
})

test.each([
  [[], LEAK],
  [['greeting'], /^HiReel$/],
])("res.locals, rendered by Express' own res.render and installCache, shared: %j", async (shared, answer) => {
  const app = express()
  const environment = new nunjucks.Environment(new TestLoader({ 'page.njk': PAGE }))
  environment.express(app)
  const cached = onetripExpress({ ttl: '5m', safety: { shared }, render: false })
  installCache(environment, cached.fragments)
  app.set('view engine', 'njk')
  app.use(cached)
  expect(await answerOf(app)).toMatch(answer)
  await cached.fragments.close()
})

test.each([
  [[], LEAK],
  [['greeting'], /^HiReel$/],
])('reply.locals of Fastify, shared: %j', async (shared, answer) => {
  const app = Fastify()
  await app.register(onetrip, { engine: engineOf({ page: PAGE }), ttl: '5m', safety: { shared } })
  app.decorateReply('locals')
  app.get('/', (_request, reply) => {
    Object.assign(reply, { locals: { greeting: 'Hi' } })
    return reply.view('page', { site: 'Reel' })
  })
  app.setErrorHandler((error: Error, _request, reply) => reply.send(error.message))
  expect((await app.inject('/')).body).toMatch(answer)
  await app.close()
})
