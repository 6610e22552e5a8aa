import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import fastifyView from '@fastify/view'
import express from 'express'
import Fastify, { type FastifyReply } from 'fastify'
import nunjucks from 'nunjucks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FragmentCache } from '../../src/core/fragment-cache.ts'
import { installCache, nunjucksEngine } from '../../src/engines/nunjucks/index.ts'
import onetripExpress from '../../src/http/express.ts'
import onetripFastify from '../../src/http/fastify.ts'
import { lazy } from '../../src/index.ts'
import { TestLoader } from '../helpers/templates.ts'

/**
 * Handlers that render in callbacks of a pool, which calls all of them in the context of whoever
 * came first.
 */

const express4 = createRequire(import.meta.url)('express4') as typeof express
const environmentOf = () =>
  new nunjucks.Environment(
    new TestLoader({
      'basket.njk':
        '{{ visitor }}: {% cache "basket", vary=["visitor"] %}{{ basket }}{% endcache %}, {{ greeting }}',
    }),
  )
const options = {
  ttl: '1m',
  safety: { shared: ['basket', 'visitor'] },
  vary: { visitor: visitorOf },
  bypass: ({ url }: { url: string }) => (url.includes('preview') ? ('both' as const) : (false as const)),
}

function visitorOf({ url }: { url: string }): string {
  return url.split('/')[2] ?? ''
}

/** Calls its callbacks one by one, by a timer that the first of them has started. */
class Pool {
  #queue: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  query(callback: () => void): void {
    this.#queue.push(callback)
    this.#timer ??= setInterval(() => this.#queue.shift()?.(), 1)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

interface Site {
  readonly origin: string
  readonly cache: FragmentCache
  close(): Promise<unknown>
}

let pool: Pool
let site: Site
beforeEach(() => {
  pool = new Pool()
})
afterEach(async () => {
  pool.close()
  await site.close()
})

/**
 * Returns a page's data: a basket shown by a fragment and a greeting by a cached function, both by
 * the visitor's name.
 */
function dataOf(cache: FragmentCache) {
  const greet = cache.cached(
    'greet',
    { key: (_visitor: string) => [], vary: ['visitor'] },
    async (visitor: string) => `hi ${visitor}`,
  )
  return (url: string) => {
    const visitor = visitorOf({ url })
    const what = url.includes('preview') ? 'draft' : 'basket'
    return { visitor, basket: `${what} of ${visitor}`, greeting: lazy(() => greet(visitor)) }
  }
}

type Render = 'view' | 'viewAsync' | 'own'

async function fastifySite(way: Render): Promise<Site> {
  const app = Fastify({ forceCloseConnections: true })
  const engine = nunjucksEngine({ environment: environmentOf() })
  await app.register(onetripFastify, way === 'own' ? { ...options, engine } : { ...options, render: false })
  if (way !== 'own') {
    await app.register(fastifyView, {
      engine: { nunjucks: { configure: () => environmentOf() } as unknown as typeof nunjucks },
      options: { onConfigure: (environment: object) => installCache(environment, app.fragments) },
    })
  }
  const data = dataOf(app.fragments)
  app.get('*', (request, reply) => {
    pool.query(() => {
      if (way !== 'viewAsync') return void reply.view('basket.njk', data(request.url))
      const { viewAsync } = reply as FastifyReply & { viewAsync(name: string, data: object): Promise<string> }
      viewAsync.call(reply, 'basket.njk', data(request.url)).then((html) => reply.send(html))
    })
    return reply
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { origin: originOf(app.server), cache: app.fragments, close: () => app.close() }
}

async function expressSite(framework: typeof express, way: Render): Promise<Site> {
  const app = framework()
  const environment = environmentOf()
  const own = { ...options, engine: nunjucksEngine({ environment }) }
  const middleware = onetripExpress(way === 'own' ? own : { ...options, render: false })
  if (way !== 'own') {
    environment.express(app)
    installCache(environment, middleware.fragments)
  }
  const data = dataOf(middleware.fragments)
  app.use(middleware)
  app.use((req, res) => {
    // A page's own values may be another object than the one that Express has made.
    res.locals = {}
    pool.query(() => res.render('basket.njk', data(req.url)))
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: originOf(server),
    cache: middleware.fragments,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await middleware.fragments.close()
    },
  }
}

function originOf(server: { address(): unknown }): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each<[string, () => Promise<Site>]>([
  ['reply.view of @fastify/view', () => fastifySite('view')],
  ['reply.viewAsync of @fastify/view', () => fastifySite('viewAsync')],
  ["Express 5's own res.render", () => expressSite(express, 'view')],
  ["Express 4's own res.render", () => expressSite(express4, 'view')],
  ['reply.view', () => fastifySite('own')],
  ['res.render of Express 5', () => expressSite(express, 'own')],
  ['res.render of Express 4', () => expressSite(express4, 'own')],
])('%s', (_name, start) => {
  const get = async (path: string) => (await fetch(site.origin + path)).text()
  const pageOf = (visitor: string) => `${visitor}: basket of ${visitor}, hi ${visitor}`

  test("no visitor gets another visitor's basket: cold, warm and at the same time", async () => {
    site = await start()
    const visitors = ['anna', 'berta', 'clara', 'dora', 'anna', 'berta']
    expect(await get('/page/anna')).toBe(pageOf('anna'))
    expect(await get('/page/berta')).toBe(pageOf('berta'))
    const all = await Promise.all(visitors.map((visitor) => get(`/page/${visitor}`)))
    expect(all).toEqual(visitors.map(pageOf))
    await site.cache.settled()
    for (const visitor of visitors) expect(await get(`/page/${visitor}`)).toBe(pageOf(visitor))
  })

  test('a preview in the context of another page is not stored', async () => {
    site = await start()
    expect(await get('/page/anna')).toBe(pageOf('anna'))
    expect(await get('/preview/berta')).toBe('berta: draft of berta, hi berta')
    await site.cache.settled()
    expect(await get('/page/berta')).toBe(pageOf('berta'))
    expect(await get('/preview/berta')).toBe('berta: draft of berta, hi berta')
  })
})
