import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import onetripExpress from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { afterEach, expect, test } from 'vitest'
import { engineOf } from '../../helpers/templates.ts'
import { get } from '../compress/get.ts'

/** Responses that turn into errors after the headers of their page were set. */

const LONG = 'A film about a train. '.repeat(200)
const options = () => ({
  engine: engineOf({ page: `{% cache "a" %}${LONG}{% endcache %}` }),
  ttl: '1m',
  debug: false,
  etag: true,
  compress: true,
  cacheHeaders: { tags: ['xkey'] as const },
})

let close: () => unknown
afterEach(() => close())

const ofPage = (headers: Readonly<Record<string, string | undefined>>) =>
  ['cache-control', 'x-accel-expires', 'xkey', 'etag', 'content-encoding'].map((name) => headers[name])

test.each([undefined, 'own error page'])('Fastify: a hook that fails after it (%s)', async (page) => {
  const app = Fastify({ forceCloseConnections: true })
  close = () => app.close()
  await app.register(onetrip, options())
  if (page !== undefined) app.setErrorHandler((_error, _request, reply) => reply.status(500).view('page'))
  app.addHook('onSend', async (request, reply) => {
    if (request.url === '/fails' && reply.statusCode < 500) throw new Error('the hook failed')
  })
  for (const path of ['/', '/fails']) app.get(path, (_request, reply) => reply.view('page'))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (let n = 0; n < 3; n++) await get(url)
  const { headers } = await get(url, { 'accept-encoding': 'br' })
  expect(ofPage(headers)).toEqual([
    'public, max-age=0, s-maxage=1',
    '1',
    expect.any(String),
    expect.any(String),
    'br',
  ])
  const tags = [{}, { 'if-none-match': String(headers.etag) }]
  for (const conditional of tags) {
    const failed = await get(`${url}/fails`, { 'accept-encoding': 'br', ...conditional })
    expect(failed.status).toBe(500)
    expect(ofPage(failed.headers)).toEqual(['private, no-store', '0', undefined, undefined, undefined])
    expect(failed.text).toContain(page === undefined ? 'the hook failed' : LONG)
  }
})

test('Express: a status that changes when the headers are written', async () => {
  const app = express()
  app.use(onetripExpress(options()) as express.RequestHandler)
  app.use((request, response, next) => {
    const { end } = response
    response.end = ((...args: unknown[]) => {
      if (request.url === '/fails') response.statusCode = 503
      return Reflect.apply(end, response, args)
    }) as typeof end
    next()
  })
  for (const path of ['/', '/fails']) app.get(path, (_request, response) => response.render('page'))
  const server = createServer(app).listen(0, '127.0.0.1')
  close = () => new Promise((resolve) => server.close(resolve))
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (let n = 0; n < 2; n++) await get(url)
  expect((await get(url)).headers['x-accel-expires']).toBe('1')
  const { status, headers } = await get(`${url}/fails`)
  expect([status, headers['cache-control'], headers['x-accel-expires'], headers.xkey]).toEqual([
    503,
    'private, no-store',
    '0',
    undefined,
  ])
})

test('Fastify over HTTP/2: cookies that are set last cannot be seen, so its pages are private', async () => {
  const app = Fastify({ http2: true, http2SessionTimeout: 1000 })
  await app.register(onetrip, options())
  app.addHook('onSend', async (_request, reply) => {
    reply.header('set-cookie', 'session=ann')
  })
  app.get('/', (_request, reply) => reply.view('page'))
  const client = connect(await app.listen({ port: 0, host: '127.0.0.1' }))
  close = () => {
    client.close()
    return app.close()
  }
  for (let n = 0; n < 3; n++) {
    const stream = client.request({ ':path': '/' })
    const [headers] = await once(stream, 'response')
    await once(stream.resume(), 'end')
    expect(headers).toMatchObject({
      'set-cookie': ['session=ann'],
      'cache-control': 'private, no-store',
      'x-accel-expires': '0',
    })
  }
})
