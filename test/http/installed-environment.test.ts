import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import formbody from '@fastify/formbody'
import fastifyView from '@fastify/view'
import express from 'express'
import Fastify from 'fastify'
import nunjucks from 'nunjucks'
import { afterEach, describe, expect, test } from 'vitest'
import type { FragmentCache } from '../../src/core/fragment-cache.ts'
import { installCache, nunjucksEngine } from '../../src/engines/nunjucks/index.ts'
import onetripExpress from '../../src/http/express.ts'
import onetripFastify from '../../src/http/fastify.ts'
import { follow } from '../helpers/served.ts'
import { turns } from '../helpers/turns.ts'
import { type WatchedStore, watchedStore } from './watched-store.ts'

/**
 * Sites that render as they always did, by `@fastify/view` or by Express' own `res.render`: the
 * environment alone knows of the cache, and finds the page of the request by itself.
 */

const express4 = createRequire(import.meta.url)('express4') as typeof express
const root = new URL('views', import.meta.url).pathname

interface Site {
  readonly origin: string
  readonly cache: FragmentCache
  /** Resolves when all responses are over. */
  over(): Promise<void>
  close(): Promise<unknown>
}
type Start = (store: WatchedStore) => Promise<Site>

const pageOf = (url: string) => {
  const query = new URL(url, 'http://localhost').searchParams
  const cards = Array.from({ length: Number(query.get('cards') ?? 2) }, (_, i) => i)
  return { visitor: query.get('visitor'), room: query.get('room') ?? 'hall', cards }
}

async function fastifySite(
  store: WatchedStore,
  order: 'onetrip first' | 'view first',
  method: 'view' | 'viewAsync',
) {
  const app = Fastify({ forceCloseConnections: true })
  await app.register(formbody)
  let environment: nunjucks.Environment | undefined
  const view = () =>
    app.register(fastifyView, {
      engine: { nunjucks },
      root,
      options: {
        onConfigure(configured: nunjucks.Environment) {
          environment = configured
          if (order === 'onetrip first') installCache(configured, app.fragments)
        },
      },
    })
  if (order === 'view first') await view()
  await app.register(onetripFastify, { store, ttl: '1m', render: false, debug: true })
  if (order === 'onetrip first') await view()
  else installCache(environment as nunjucks.Environment, app.fragments)

  app.route({
    method: ['GET', 'POST'],
    url: '/',
    handler: async (request, reply) => {
      await turns(Math.random() * 10)
      return reply[method]('home.njk', pageOf(request.url))
    },
  })
  app.get('/missing', async (request, reply) => reply.code(404)[method]('home.njk', pageOf(request.url)))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    cache: app.fragments,
    over: follow(app.server).over,
    close: () => app.close(),
  }
}

async function expressSite(store: WatchedStore, framework: typeof express) {
  const app = framework()
  const middleware = onetripExpress({ store, ttl: '1m', render: false, debug: true })
  const environment = nunjucks.configure(root, { express: app })
  installCache(environment, middleware.fragments)
  app.use(middleware)
  app.use(express.urlencoded())
  app.all('/', async (req, res) => {
    await turns(Math.random() * 10)
    res.render('home.njk', pageOf(req.url))
  })
  app.get('/missing', (req, res) => res.status(404).render('home.njk', pageOf(req.url)))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    cache: middleware.fragments,
    over: follow(server).over,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await middleware.fragments.close()
    },
  }
}

describe.each<[string, Start]>([
  ['@fastify/view, reply.view', (store) => fastifySite(store, 'onetrip first', 'view')],
  ['@fastify/view, reply.viewAsync', (store) => fastifySite(store, 'onetrip first', 'viewAsync')],
  ['@fastify/view, registered before onetrip', (store) => fastifySite(store, 'view first', 'view')],
  ["Express 5's own res.render", (store) => expressSite(store, express)],
  ["Express 4's own res.render", (store) => expressSite(store, express4)],
])('%s', (_name, start) => {
  let site: Site
  afterEach(() => site.close())

  async function get(path = '/', init?: RequestInit) {
    const response = await fetch(site.origin + path, init)
    return {
      status: response.status,
      body: (await response.text()).trim(),
      cost: response.headers.get('x-onetrip'),
    }
  }
  async function settled() {
    await site.over()
    await site.cache.settled()
  }

  test('pages are cached, in one trip', async () => {
    const store = watchedStore()
    site = await start(store)
    const cold = await get('/?visitor=me')
    expect(cold).toEqual({
      status: 200,
      body: '<h1>me</h1><p>hall 0</p><p>hall 1</p>',
      cost: 'hits=0 stale=0 misses=2 trips=1',
    })
    await settled()
    expect(await get('/?visitor=me')).toEqual({ ...cold, cost: 'hits=2 stale=0 misses=0 trips=1' })
    expect(store.calls).toEqual(['getMany 2', 'setMany 2', 'getMany 2'])
  })

  test('method and status decide whether a page is stored, after a body was read, too', async () => {
    const store = watchedStore()
    site = await start(store)
    const post = await get('/?visitor=me', { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
    expect([post.status, post.cost]).toEqual([200, 'hits=0 stale=0 misses=2 trips=1'])
    const missing = await get('/missing?visitor=me')
    expect([missing.status, missing.cost]).toEqual([404, 'hits=0 stale=0 misses=2 trips=1'])
    await settled()
    expect(store.calls).toEqual(['getMany 2', 'getMany 2'])
  })

  test('200 interleaved requests each find their own page', async () => {
    site = await start(watchedStore())
    await Promise.all(
      Array.from({ length: 200 }, async (_, visitor) => {
        await turns(Math.random() * 100)
        const cards = visitor % 6
        const { body, cost } = await get(`/?visitor=${visitor}&room=r${visitor % 9}&cards=${cards}`)
        const fragments = Array.from({ length: cards }, (_, i) => `<p>r${visitor % 9} ${i}</p>`)
        expect(body).toBe(`<h1>${visitor}</h1>${fragments.join('')}`)
        const [, hits, misses] = /^hits=(\d+) stale=0 misses=(\d+) /.exec(cost ?? '') ?? []
        expect(Number(hits) + Number(misses)).toBe(cards)
      }),
    )
  })
})

describe('beside @fastify/view', () => {
  test('onetrip by another name, each with its own method', async () => {
    const app = Fastify()
    await app.register(fastifyView, { engine: { nunjucks }, root })
    await app.register(onetripFastify, {
      engine: nunjucksEngine({ root }),
      ttl: '1m',
      render: 'page',
      debug: true,
    })
    app.get('/', (request, reply) => {
      Object.assign(reply, { locals: { visitor: 'locals' } })
      const { visitor: _, ...data } = pageOf(request.url)
      return (reply as unknown as { page: typeof reply.view }).page('home.njk', data)
    })
    const response = await app.inject('/')
    expect(response.body.trim()).toBe('<h1>locals</h1><p>hall 0</p><p>hall 1</p>')
    expect(response.headers['x-onetrip']).toBe('hits=0 stale=0 misses=2 trips=1')
    await app.close()
  })

  test('a name that @fastify/view has taken is refused, with what to do', async () => {
    const app = Fastify()
    await app.register(fastifyView, { engine: { nunjucks }, root })
    const second = async () => app.register(onetripFastify, { engine: nunjucksEngine({ root }) })
    await expect(second()).rejects.toMatchObject({
      code: 'ERR_ONETRIP_REGISTERED',
      message: expect.stringContaining('installCache(environment, app.fragments)'),
    })
  })
})
