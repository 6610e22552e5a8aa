import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyCompress from '@fastify/compress'
import fastifyEtag from '@fastify/etag'
import compression from 'compression'
import express from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import onetripExpress from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { engineOf } from '../../helpers/templates.ts'
import { get } from './get.ts'

/** Compression beside plugins and hooks that change, compress or tag what is sent. */

const LONG = 'A film about a train. '.repeat(200)
const options = () => ({
  engine: engineOf({ page: `<p>{{ visitor }}</p>{% cache "film" %}${LONG}{% endcache %}` }),
  ttl: '1m',
  compress: true,
})
const HTML = `<p>ann</p>${LONG}`

describe('Fastify', () => {
  let app: FastifyInstance
  afterEach(() => app.close())

  async function start(...plugins: ((app: FastifyInstance) => unknown)[]): Promise<string> {
    app = Fastify({ forceCloseConnections: true })
    for (const plugin of plugins) await plugin(app)
    app.get('/', (_request, reply) => reply.view('page', { visitor: 'ann' }))
    app.get('/self', async (_request, reply) => reply.viewAsync('page', { visitor: 'ann' }))
    return app.listen({ port: 0, host: '127.0.0.1' })
  }
  const own = (one: FastifyInstance) => one.register(onetrip, options())
  const tagging = (one: FastifyInstance) => one.register(onetrip, { ...options(), etag: true })
  const other = (one: FastifyInstance) => one.register(fastifyCompress)
  const etag = (one: FastifyInstance) => one.register(fastifyEtag)
  const shout = (one: FastifyInstance) =>
    one.addHook('onSend', async (_request, _reply, payload) =>
      typeof payload === 'string' || Buffer.isBuffer(payload)
        ? payload.toString().replace('ann', 'ANN')
        : payload,
    )

  test.each([
    ['before', [other, own]],
    ['after', [own, other]],
  ])('@fastify/compress %s it: a page is encoded once', async (_order, plugins) => {
    const url = await start(...plugins)
    for (const path of ['/', '/', '/', '/', '/self']) {
      const { headers, text } = await get(url + path, { 'accept-encoding': 'gzip' })
      expect([headers['content-encoding'], headers.vary?.toLowerCase()]).toEqual(['gzip', 'accept-encoding'])
      expect(text).toBe(HTML)
    }
  })

  test.each([
    ['before', [etag, own]],
    ['after', [own, etag]],
  ])('@fastify/etag %s it: a visitor who has the page is sent none', async (_order, plugins) => {
    const url = await start(...plugins)
    for (let n = 0; n < 4; n++) {
      const first = await get(url, { 'accept-encoding': 'gzip' })
      expect(first.text).toBe(HTML)
      const again = await get(url, {
        'accept-encoding': 'gzip',
        'if-none-match': first.headers.etag ?? 'none',
      })
      // The first requests are compressed with other qualities: their bytes differ.
      if (n >= 2) expect([again.status, again.raw.length]).toEqual([304, 0])
    }
  })

  test.each([
    ['before', [etag, tagging]],
    ['after', [tagging, etag]],
  ])('@fastify/etag %s the option etag: a page has one tag, and 304 by it', async (_order, plugins) => {
    const url = await start(...plugins)
    for (let n = 0; n < 4; n++) {
      const { headers, text } = await get(url, { 'accept-encoding': 'gzip' })
      expect(text).toBe(HTML)
      // The first one has a miss, and is tagged by the other plugin.
      if (n > 0) expect(headers.etag).toMatch(/^W\/"[^"]+"$/)
      const again = await get(url, { 'accept-encoding': 'gzip', 'if-none-match': headers.etag ?? '' })
      if (n >= 2) expect([again.status, again.raw.length]).toEqual([304, 0])
    }
  })

  test('a hook before it that changes the page is heard', async () => {
    const url = await start(shout, own)
    for (let n = 0; n < 4; n++) {
      const { text } = await get(url, { 'accept-encoding': 'gzip' })
      expect(text).toBe(HTML.replace('ann', 'ANN'))
    }
  })

  test('a hook that keeps the page keeps its HTML', async () => {
    const kept: unknown[] = []
    const keep = (one: FastifyInstance) =>
      one.addHook('onSend', async (_request, _reply, payload) => {
        kept.push(payload)
        return payload
      })
    const url = await start(keep, own)
    for (let n = 0; n < 6; n++) await get(url, { 'accept-encoding': n % 2 === 0 ? 'gzip' : 'br' })
    expect(kept.map(String)).toEqual(Array(6).fill(HTML))
  })

  test('inject', async () => {
    await start(own)
    for (let n = 0; n < 4; n++) {
      const { headers, rawPayload } = await app.inject({ url: '/', headers: { 'accept-encoding': 'gzip' } })
      expect([headers['content-encoding'], headers['content-length']]).toEqual([
        'gzip',
        `${rawPayload.length}`,
      ])
      expect((await app.inject('/')).body).toBe(HTML)
    }
  })
})

describe('Express', () => {
  let server: Server
  afterEach(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })

  async function start(...middleware: express.RequestHandler[]): Promise<string> {
    const app = express()
    for (const one of middleware) app.use(one)
    app.get('/', (_request, response) => response.render('page', { visitor: 'ann' }))
    app.get('/self', (_request, response, next) => {
      response.render('page', { visitor: 'ann' }, (error: Error | null, html?: string) =>
        error ? next(error) : response.send(html),
      )
    })
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const own = () => onetripExpress(options()) as express.RequestHandler

  test.each<[string, () => express.RequestHandler[]]>([
    ['before', () => [compression(), own()]],
    ['after', () => [own(), compression()]],
  ])('compression %s it: a page is encoded once', async (_order, middleware) => {
    const url = await start(...middleware())
    for (const path of ['/', '/', '/', '/', '/self']) {
      const { headers, text } = await get(url + path, { 'accept-encoding': 'gzip' })
      expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'Accept-Encoding'])
      expect(text).toBe(HTML)
    }
  })

  test("Express' own ETag is made of the copy: a visitor who has it is sent none", async () => {
    const url = await start(own())
    for (let n = 0; n < 4; n++) await get(url, { 'accept-encoding': 'gzip' })
    const { headers } = await get(url, { 'accept-encoding': 'gzip' })
    const again = await get(url, { 'accept-encoding': 'gzip', 'if-none-match': headers.etag ?? 'none' })
    expect([again.status, again.raw.length]).toEqual([304, 0])
  })

  test('a wrapper of res.send that fails: the page of the error is sent as it is', async () => {
    const failing: express.RequestHandler = (request, response, next) => {
      const { send } = response
      if (request.headers['x-fail'])
        response.send = () => {
          response.send = send
          throw new Error('the wrapper failed')
        }
      next()
    }
    const answering: express.ErrorRequestHandler = ({ message }, _request, response, _next) => {
      response.status(500).send(message)
    }
    for (const etag of [true, false]) {
      const app = express()
      app.use(onetripExpress({ ...options(), etag }) as express.RequestHandler, failing)
      app.get('/', (_request, response) => response.render('page', { visitor: 'ann' }))
      app.use(answering)
      server = createServer(app).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      for (let n = 0; n < 4; n++) await get(url, { 'accept-encoding': 'gzip' })
      const page = await get(url, { 'accept-encoding': 'gzip' })
      const failed = await get(url, { 'accept-encoding': 'gzip', 'x-fail': '1' })
      expect([failed.status, failed.text]).toEqual([500, 'the wrapper failed'])
      expect(failed.headers['content-encoding']).toBe(undefined)
      expect(failed.headers.etag).not.toBe(page.headers.etag)
      if (etag) await new Promise((resolve) => server.close(resolve))
    }
  })
})
