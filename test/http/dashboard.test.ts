import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import formbody from '@fastify/formbody'
import express from 'express'
import Fastify from 'fastify'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import onetripExpress from '../../src/http/express.ts'
import onetripFastify from '../../src/http/fastify.ts'
import type { WebOptions } from '../../src/http/web-options.ts'
import { engineOf } from '../helpers/templates.ts'
import { collectWarnings } from '../helpers/warnings.ts'
import { frameworks, type Handler } from './frameworks.ts'

const HOME = '{% cache "hello", tags=["greeting"] %}Hello {{ name }}{% endcache %}'
const options = (dashboard: WebOptions['dashboard']): WebOptions => ({
  engine: engineOf({ 'home.njk': HOME }),
  ttl: '5m',
  dashboard,
})

const warnings = collectWarnings()

let name = 'Anna'
const home: Handler = (exchange) => exchange.render('home.njk', { name })

afterEach(() => {
  name = 'Anna'
})

describe.each(frameworks)('the live page on $name', ({ start }) => {
  async function open(dashboard: WebOptions['dashboard']) {
    const site = await start(options(dashboard), { '/': home })
    onTestFinished(() => site.close())
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(site.origin + path, { headers, redirect: 'manual' })
    const text = async (path: string) => (await get(path)).text()
    return { ...site, get, text }
  }

  it('shows the pages of the site, and does not count its own', async () => {
    const { text, settled } = await open(true)
    for (let n = 0; n < 3; n++) {
      expect(await text('/')).toBe('Hello Anna')
      await settled()
    }
    for (let n = 0; n < 2; n++) {
      const html = await text('/_onetrip/')
      expect(html).toContain('2 hits, 0 stale, 1 misses')
      expect(html).toContain('<dt>Pages</dt><dd>3</dd>')
    }
  })

  it.each(['5m', '1h', '24h', '7d', '30d'])('shows a span of %s', async (range) => {
    const { text } = await open(true)
    await text('/')
    for (const page of ['', 'fragments', 'tags', 'fragment'])
      expect(await text(`/_onetrip/${page}?range=${range}`)).toContain('aria-current="true"')
  })

  it('is not there without the option', async () => {
    const { get } = await open(undefined)
    expect((await get('/_onetrip/')).status).toBe(404)
  })

  it('is the site’s own answer to an unknown address for those who may not see it', async () => {
    const { get } = await open({ authorize: ({ headers }) => headers['x-admin'] === 'yes' })
    const shape = async (path: string) => {
      const response = await get(path)
      const body = (await response.text()).replaceAll(path, '')
      return [response.status, body, [...response.headers.keys()].sort()]
    }
    for (const path of ['/_onetrip', '/_onetrip/', '/_onetrip/tags'])
      expect(await shape(path)).toEqual(await shape('/elsewhere'))
    expect((await get('/_onetrip/', { 'x-admin': 'yes' })).status).toBe(200)
  })

  it('is not there in production without authorize, and a warning says so', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const refused = await open(true)
    expect((await refused.get('/_onetrip/')).status).toBe(404)
    expect(warnings.join()).toContain('dashboard.authorize')
    const { get } = await open({ authorize: async () => true })
    expect((await get('/_onetrip/')).status).toBe(200)
  })

  it('invalidates a tag, which the next page shows', async () => {
    const { get, origin, text, settled } = await open({ path: '/tools/cache' })
    await text('/')
    await settled()
    name = 'Berta'
    expect(await text('/')).toBe('Hello Anna')
    const form = await get('/tools/cache/invalidate?tag=greeting')
    const token = /name="token" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
    const cookie = form.headers.get('set-cookie')?.split(';')[0] ?? ''
    const send = (headers: Record<string, string>) =>
      fetch(`${origin}/tools/cache/invalidate`, {
        method: 'POST',
        body: new URLSearchParams({ tag: 'greeting', token }),
        headers,
      })
    expect((await send({ cookie })).status).toBe(403)
    expect(await text('/')).toBe('Hello Anna')
    expect((await send({ cookie, origin })).status).toBe(200)
    expect(await text('/')).toBe('Hello Berta')
  })

  it('sends updates, which end with the site', async () => {
    const site = await start(options(true), { '/': home })
    const asked = request(`${site.origin}/_onetrip/events?page=`, { agent: false })
    asked.on('error', () => {})
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.on('error', () => {})
    const [first] = await once(response, 'data')
    expect(String(first)).toContain('event: view')
    const ended = new Promise((resolve) => response.once('close', resolve))
    response.resume()
    await site.close()
    await ended
  })
})

describe('the option dashboard', () => {
  it.each([
    ['yes', 'The option dashboard must be true, or an object'],
    [{ path: '_onetrip' }, 'The option dashboard.path must be a path'],
    [{ path: '/a/' }, 'The option dashboard.path must be a path'],
    [{ path: '/:id' }, 'The option dashboard.path must be a path'],
    [{ authorize: true }, 'The option dashboard.authorize must be a function'],
    [{ queues: [{}] }, 'The option dashboard.queues must be an array of task queues'],
    [{ authorise: () => true }, '"authorize"'],
    [{ redis: 'redis://localhost' }, 'pass metrics: { redis }'],
  ])('refuses %j', (dashboard, message) => {
    expect(() => onetripExpress(options(dashboard as never))).toThrow(message)
  })

  it('needs numbers', () => {
    expect(() => onetripExpress({ ...options(true), metrics: false })).toThrow(
      'the option metrics, which is false',
    )
  })
})

it('on Fastify it stands below the prefix of its context, beside parsers of the site', async () => {
  const app = Fastify({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  await app.register(formbody)
  await app.register(
    async (shop) => {
      await shop.register(onetripFastify, options(true))
    },
    { prefix: '/shop' },
  )
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const redirect = await fetch(`${origin}/shop/_onetrip`, { redirect: 'manual' })
  expect(redirect.headers.get('location')).toBe('_onetrip/')
  expect(await (await fetch(`${origin}/shop/_onetrip`)).text()).toContain('<h1>Overview</h1>')
  expect((await fetch(`${origin}/_onetrip/`)).status).toBe(404)
  expect(
    (await fetch(`${origin}/shop/_onetrip/invalidate`, { method: 'POST', body: new URLSearchParams() }))
      .status,
  ).toBe(403)
})

it('on Fastify it has what plugins add to a request, and no hook changes what it sends', async () => {
  const app = Fastify({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  const authorize = (request: { admin?: boolean }) => request.admin === true
  await app.register(onetripFastify, options({ authorize }))
  app.decorateRequest('admin', false)
  app.addHook('onRequest', async (request, reply) => {
    Object.assign(request, { admin: request.headers['x-admin'] === 'yes' })
    reply.header('content-security-policy', "default-src 'self' 'unsafe-inline'")
  })
  app.addHook('onSend', async () => 'changed')
  const inject = (headers: Record<string, string>) => app.inject({ url: '/_onetrip/', headers })
  const shown = await inject({ 'x-admin': 'yes' })
  expect(shown.statusCode).toBe(200)
  expect(shown.body).toContain('<h1>Overview</h1>')
  expect(shown.headers['content-security-policy']).toContain("default-src 'none'")
  expect((await inject({})).statusCode).toBe(404)
})

it('on Fastify it does not keep the app open while a browser follows a page', async () => {
  const app = Fastify()
  await app.register(onetripFastify, options(true))
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const asked = request(`${origin}/_onetrip/events?page=`, { agent: false })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  await once(response, 'data')
  response.resume()
  const ended = once(response, 'end')
  await app.close()
  await ended
})

it('on Fastify it leaves the name app.metrics to a plugin that has it', async () => {
  const app = Fastify()
  onTestFinished(() => app.close())
  app.decorate('metrics', 'taken' as never)
  await app.register(onetripFastify, options(true))
  expect(app.metrics).toBe('taken')
  expect((await app.inject({ url: '/_onetrip/' })).statusCode).toBe(200)
})

it('on Express it stands below its mount, and behind a parser of bodies', async () => {
  const app = express()
  app.use(express.urlencoded({ extended: false }))
  const middleware = onetripExpress(options(true))
  app.use('/shop', middleware)
  app.get('/shop', (_request, response) => response.render('home.njk', { name }))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await middleware.fragments.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect(await (await fetch(`${origin}/shop/_onetrip`)).text()).toContain('<h1>Overview</h1>')
  const form = await fetch(`${origin}/shop/_onetrip/invalidate?tag=greeting`)
  const token = /name="token" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
  const done = await fetch(`${origin}/shop/_onetrip/invalidate`, {
    method: 'POST',
    body: new URLSearchParams({ tag: 'greeting', token }),
    headers: { origin, cookie: form.headers.get('set-cookie')?.split(';')[0] ?? '' },
  })
  expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('was invalidated')])
})
