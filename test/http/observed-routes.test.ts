import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import { metrics } from 'onetrip/metrics'
import { afterEach, describe, expect, test } from 'vitest'
import { FragmentCache } from '../../src/core/fragment-cache.ts'
import onetripExpress from '../../src/http/express.ts'
import onetripFastify from '../../src/http/fastify.ts'
import { deferred } from '../helpers/deferred.ts'
import { fragment, scriptedEngine } from './scripted-engine.ts'
import { watchedStore } from './watched-store.ts'

interface Seen {
  readonly template: string
  readonly route: string | undefined
  readonly method: string | undefined
  readonly status: number | undefined
  readonly stored: boolean
  readonly reason: string | undefined
  readonly states: readonly string[]
}

let waits = deferred()
const engine = scriptedEngine({
  page: () => [fragment('card', ['a'], () => ['<p>card</p>'])],
  error: () => [fragment('sorry', [], () => ['sorry'])],
  broken: () => {
    throw new Error('broken')
  },
  slow: async () => {
    await waits.promise
    return [fragment('slow', [], () => ['slow'])]
  },
})

const express4 = createRequire(import.meta.url)('express4') as typeof express

let stop: (() => unknown) | undefined
afterEach(() => stop?.())

function observed() {
  waits = deferred()
  const cache = new FragmentCache({ store: watchedStore(), engine, ttl: '1m' })
  const seen: Seen[] = []
  cache.observe({
    page({ template, route, method, status, stored, reason, fragments }) {
      seen.push({
        template,
        route,
        method,
        status,
        stored,
        reason,
        states: fragments.map(({ state }) => state),
      })
    },
  })
  return { cache, seen, numbers: metrics(cache) }
}

type Site = ReturnType<typeof observed> & { readonly port: number }

async function fastifySite(): Promise<Site> {
  const all = observed()
  const app = Fastify()
  await app.register(onetripFastify, { cache: all.cache })
  app.setErrorHandler((_error, _request, reply) => reply.code(500).view('error'))
  app.setNotFoundHandler((_request, reply) => reply.code(404).view('error'))
  app.get('/', (_request, reply) => reply.view('page'))
  app.post('/', (_request, reply) => reply.view('page'))
  app.get('/plain', () => 'no page')
  app.get('/two', async (_request, reply) => {
    await reply.viewAsync('page')
    return reply.view('page')
  })
  app.get('/broken', (_request, reply) => reply.view('broken'))
  app.get('/slow', (_request, reply) => reply.view('slow'))
  app.get('/cached', (_request, reply) => reply.code(304).view('page'))
  await app.register(
    async (shop) => {
      shop.get('/:id', (_request, reply) => reply.view('page'))
      shop.get('/broken/:id', (_request, reply) => reply.view('broken'))
    },
    { prefix: '/user/:user' },
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  stop = async () => {
    app.server.closeAllConnections()
    await app.close()
    await all.cache.close()
  }
  return { ...all, port: (app.server.address() as AddressInfo).port }
}

async function expressSite(framework: typeof express): Promise<Site> {
  const all = observed()
  const app = framework()
  app.use(onetripExpress({ cache: all.cache }))
  app.get('/', (_request, response) => response.render('page'))
  app.post('/', (_request, response) => response.render('page'))
  app.get('/plain', (_request, response) => void response.send('no page'))
  app.get('/two', (_request, response) => {
    response.render('page', () => response.render('page'))
  })
  app.get('/broken', (_request, response) => response.render('broken'))
  app.get('/slow', (_request, response) => response.render('slow'))
  app.get('/cached', (_request, response) => response.status(304).render('page'))
  const user = framework.Router()
  user.get('/:id', (_request, response) => response.render('page'))
  user.get('/broken/:id', (_request, response) => response.render('broken'))
  const users = framework.Router()
  users.use('/:user', user)
  app.use('/user', users)
  app.use((_request, response) => response.status(404).render('error'))
  app.use(
    (_error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).render('error')
    },
  )
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stop = async () => {
    server.close()
    server.closeAllConnections()
    await all.cache.close()
  }
  return { ...all, port: (server.address() as AddressInfo).port }
}

describe.each([
  ['Fastify', fastifySite],
  ['Express 5', () => expressSite(express)],
  ['Express 4', () => expressSite(express4)],
])('%s', (_name, open) => {
  async function ask({ port, seen }: Site, path: string, method = 'GET') {
    const before = seen.length
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
    await response.arrayBuffer()
    if (path !== '/plain') await expect.poll(() => seen.length).toBe(before + 1)
    return seen.at(-1) as Seen
  }

  test('a page has its route, method and status', async () => {
    const site = await open()
    expect(await ask(site, '/')).toEqual({
      ...{ template: 'page', route: '/', method: 'GET', status: 200, stored: true, reason: undefined },
      states: ['miss'],
    })
    await site.cache.settled()
    expect(await ask(site, '/')).toMatchObject({ states: ['hit'] })
    expect(await ask(site, '/', 'HEAD')).toMatchObject({ method: 'HEAD', status: 200, states: ['hit'] })
    expect(await ask(site, '/', 'POST')).toMatchObject({
      ...{ method: 'POST', stored: false, reason: 'method POST', states: ['hit'] },
    })
    expect(await ask(site, '/cached')).toMatchObject({ route: '/cached', status: 304, states: ['hit'] })
  })

  test('a response that renders nothing is no page; one that renders twice is one', async () => {
    const site = await open()
    await ask(site, '/plain')
    expect(await ask(site, '/two')).toMatchObject({ route: '/two', template: 'page' })
    expect(site.seen.length).toBe(1)
  })

  test('a route is a pattern, never the URL, also inside routers whose mounts have parameters', async () => {
    const site = await open()
    const route = '/user/:user/:id'
    expect(await ask(site, '/user/anna/1?secret=x')).toMatchObject({ route })
    expect(await ask(site, '/user/b%C3%A4rbel/2')).toMatchObject({ route })
    expect(await ask(site, '/user/anna/anna')).toMatchObject({ route })
    expect([...site.numbers.snapshot().routes.keys()]).toEqual([route])
  })

  test('an error page has the status of the error, and the template that failed', async () => {
    const site = await open()
    expect(await ask(site, '/broken')).toEqual({
      ...{ template: 'broken', route: '/broken', method: 'GET', status: 500 },
      ...{ stored: false, reason: 'status 500', states: ['miss'] },
    })
    expect(await ask(site, '/nowhere')).toMatchObject({
      template: 'error',
      status: 404,
      reason: 'status 404',
    })
    const { route } = await ask(site, '/user/anna/broken/7')
    expect(route).not.toContain('anna')
    expect(route).not.toContain('7')
    for (const label of site.numbers.snapshot().routes.keys()) expect(label).not.toContain('anna')
  })

  test('a page whose visitor hangs up is seen once, without a status if nothing was sent', async () => {
    const site = await open()
    const socket = connect(site.port, '127.0.0.1')
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(() => site.cache.host.requests.unknown || socket.bytesWritten > 0).toBe(true)
    // The handler runs once the next request is answered.
    await ask(site, '/')
    socket.destroy()
    await once(socket, 'close')
    await ask(site, '/')
    waits.resolve()
    await expect.poll(() => site.seen.length).toBe(3)
    expect(site.seen.at(-1)).toMatchObject({ template: 'slow', route: '/slow', status: undefined })
  })
})

describe('the option metrics', () => {
  test('gives Fastify app.metrics, and none without it', async () => {
    const app = Fastify()
    await app.register(onetripFastify, { engine, ttl: '1m', prefix: 'shop', metrics: { name: 'web-1' } })
    app.get('/film/:id', (_request, reply) => reply.view('page'))
    await app.inject('/film/1')
    const snapshot = app.metrics?.snapshot()
    expect(snapshot?.routes.get('/film/:id')).toMatchObject({ pages: 1, misses: 1 })
    expect(await app.metrics?.processes()).toMatchObject([{ id: expect.stringContaining('web-1') }])
    await app.close()
    // What was written while the cache was closed is counted.
    expect([...(app.metrics?.snapshot().fragments.values() ?? [])]).toMatchObject([{ writes: 1 }])
    const bare = Fastify()
    await bare.register(onetripFastify, { engine, ttl: '1m' })
    expect(bare.metrics).toBeUndefined()
    await bare.close()
  })

  test.each([
    [{ interval: 50 }, 'The option metrics.interval must be from 100 ms to a minute, not 50'],
    [{ interval: 'soon' }, "The option metrics.interval is 'soon'"],
    [{ history: '365d' }, 'The option metrics.history must be at most a day'],
    [{ name: '' }, 'The option metrics.name must be'],
    [{ prefix: '' }, 'The option metrics.prefix must be'],
  ])('is named in the message that refuses %j', async (metrics, message) => {
    const app = Fastify()
    await expect(app.register(onetripFastify, { engine, ttl: '1m', metrics })).rejects.toThrow(message)
    await app.close()
  })

  test('is refused where app.metrics is taken', async () => {
    const app = Fastify()
    app.decorate('metrics', 'of another plugin' as never)
    await expect(app.register(onetripFastify, { engine, ttl: '1m', metrics: true })).rejects.toThrow(
      'needs the name app.metrics',
    )
    await app.close()
  })

  test('gives the middleware its metrics', async () => {
    const middleware = onetripExpress({ engine, ttl: '1m', metrics: true })
    await middleware.fragments.render('page')
    await middleware.fragments.close()
    await middleware.metrics?.close()
    expect(middleware.metrics?.snapshot().pages).toBe(1)
    const bare = onetripExpress({ engine, ttl: '1m', metrics: false })
    expect(bare.metrics).toBeUndefined()
    await bare.fragments.close()
  })

  test.each([
    ['yes', 'The option metrics must be true, or an object'],
    [{ intervall: 1 }, 'interval'],
    [{ interval: '1h' }, 'interval'],
  ])('%j is refused', (option, message) => {
    expect(() => onetripExpress({ engine, ttl: '1m', metrics: option as never })).toThrow(message)
  })
})
