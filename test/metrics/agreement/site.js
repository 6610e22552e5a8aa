import express from 'express'
import Fastify from 'fastify'
import { processClock } from '../../../dist/clock.js'
import { FragmentCache } from '../../../dist/core/fragment-cache.js'
import { nunjucksEngine } from '../../../dist/engines/nunjucks/index.js'
import expressPlugin from '../../../dist/http/express.js'
import fastifyPlugin from '../../../dist/http/fastify.js'
import { encodeSnapshot } from '../../../dist/metrics/index.js'
import { prometheus } from '../../../dist/metrics/prometheus/index.js'
import { memoryStore } from '../../../dist/stores/memory/index.js'

/**
 * One process of a site, with a cache in its own memory, so that it is known what each request
 * finds there. Arguments: the framework, and the URL of Redis for the metrics. It answers each
 * message of its parent with another one.
 */
const [, , framework, redis] = process.argv
// The live page traces one page in 100 then, otherwise each.
process.env.NODE_ENV = 'production'

/** Time of the cache and its store: it moves by 1 ms with each request, and as it is told. */
let time = 0
const start = processClock.wall()
const clock = { ...processClock, now: () => time, wall: () => start + time }
const root = new URL('views', import.meta.url).pathname
const cache = new FragmentCache(
  {
    store: memoryStore({}, clock),
    engine: nunjucksEngine({ root }),
    ttl: '20s',
    bypass: (request) => request?.headers['x-preview'] === '1' && 'both',
  },
  clock,
)
const options = {
  cache,
  metrics: { redis: { url: redis, maxRetriesPerRequest: 1 }, interval: '100ms' },
  dashboard: { authorize: () => true },
}

/** Waits until the pages of before are written back. */
async function settle() {
  await cache.settled()
  time++
}

/** Starts the site. @returns its port and its numbers */
async function startFastify() {
  const app = Fastify()
  await app.register(fastifyPlugin, options)
  app.addHook('onRequest', settle)
  app.get('/film/:id', (request, reply) => reply.view('film.njk', { id: request.params.id }))
  const register = prometheus(app.metrics)
  app.get('/metrics', async () => register.metrics())
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: app.server.address().port, numbers: app.metrics }
}

async function startExpress() {
  const app = express()
  const middleware = expressPlugin(options)
  app.use((_request, _response, next) => settle().then(() => next(), next))
  app.use(middleware)
  app.get('/film/:id', (request, response) => response.render('film.njk', { id: request.params.id }))
  const register = prometheus(middleware.metrics)
  app.get('/metrics', async (_request, response) => response.send(await register.metrics()))
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  return { port: server.address().port, numbers: middleware.metrics }
}

const { port, numbers } = await (framework === 'fastify' ? startFastify() : startExpress())

/** A page that begins at the moment of an invalidation is not stored: time moves on after it. */
const ACTIONS = {
  invalidate: async (tag) => {
    await settle()
    await cache.invalidate(tag)
    time += 20
  },
  delete: async (id) => {
    await settle()
    await cache.delete('film', id)
    time += 20
  },
  later: async (ms) => {
    await settle()
    time += ms
  },
  numbers: async () => encodeSnapshot(numbers.snapshot()),
}

process.on('message', async ({ action, argument }) => {
  process.send({ result: await ACTIONS[action](argument) })
})
process.send({ port })
