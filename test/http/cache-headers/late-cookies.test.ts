import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import cookie from '@fastify/cookie'
import express from 'express'
import Fastify from 'fastify'
import onetripExpress from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { afterEach, expect, test } from 'vitest'
import { engineOf } from '../../helpers/templates.ts'
import { get } from '../compress/get.ts'

/** Cookies that are set after the page was made: its headers are private all the same. */

const options = () => ({
  engine: engineOf({ page: '{% cache "a" %}x{% endcache %}' }),
  ttl: '1m',
  debug: false,
  cacheHeaders: { tags: ['xkey'] as const },
})

let close: () => unknown
afterEach(() => close())

test.each(['before', 'after'])('Fastify: by an onSend hook %s it', async (order) => {
  const app = Fastify({ forceCloseConnections: true })
  close = () => app.close()
  await app.register(cookie)
  const register = () => app.register(onetrip, options())
  if (order === 'after') await register()
  app.addHook('onSend', async (request, reply) => {
    if (request.url === '/cookie') reply.setCookie('session', 'ann')
  })
  if (order === 'before') await register()
  for (const path of ['/', '/cookie']) app.get(path, (_request, reply) => reply.view('page'))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (let n = 0; n < 2; n++) await get(url)
  expect((await get(url)).headers['cache-control']).toContain('public')
  const { headers } = await get(`${url}/cookie`)
  expect(headers['set-cookie']).toBeDefined()
  expect([headers['cache-control'], headers['x-accel-expires'], headers.xkey]).toEqual([
    'private, no-store',
    '0',
    undefined,
  ])
})

test.each(['before', 'after'])('Express: by a wrapper of writeHead that was mounted %s it', async (order) => {
  const app = express()
  const own = onetripExpress(options())
  const session: express.RequestHandler = (request, response, next) => {
    const { writeHead } = response
    response.writeHead = ((...args: unknown[]) => {
      if (request.url === '/cookie') response.setHeader('Set-Cookie', 'session=ann')
      return Reflect.apply(writeHead, response, args)
    }) as typeof writeHead
    next()
  }
  app.use(
    ...(order === 'before'
      ? [session, own as express.RequestHandler]
      : [own as express.RequestHandler, session]),
  )
  for (const path of ['/', '/cookie']) app.get(path, (_request, response) => response.render('page'))
  const server: Server = createServer(app).listen(0, '127.0.0.1')
  close = () => new Promise((resolve) => server.close(resolve))
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (let n = 0; n < 2; n++) await get(url)
  expect((await get(url)).headers['cache-control']).toContain('public')
  const { headers } = await get(`${url}/cookie`)
  expect(headers['set-cookie']).toBeDefined()
  expect([headers['cache-control'], headers['x-accel-expires'], headers.xkey]).toEqual([
    'private, no-store',
    '0',
    undefined,
  ])
})
