import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import {
  expressRateLimit,
  fastifyRateLimit,
  type LimitedRequest,
  type RateLimit,
  type RateLimitResult,
  type WebRateLimitOptions,
} from 'onetrip/toolkit'
import { afterEach, expect, test } from 'vitest'
import { rateLimitHeaders } from '../../../../src/toolkit/rate-limit/web/rate-limit-headers.ts'
import { WebRateLimit } from '../../../../src/toolkit/rate-limit/web/web-rate-limit.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { collectWarnings } from '../../../helpers/warnings.ts'
import { useKits } from '../../kit-fixture.ts'

// Its types are those of Express 5.
const express4 = createRequire(import.meta.url)('express4') as typeof express

interface Options extends WebRateLimitOptions<LimitedRequest> {
  page?: (result: RateLimitResult) => string
}
/** Serves `/` behind the limits; `served` counts its answers. */
interface Site {
  get(path?: string, headers?: Record<string, string>): Promise<Response>
  served: number
}
type Serve = (limits: RateLimit[], options: Options) => Promise<Site>

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const fastifySite: Serve = async (limits, { page, ...options }) => {
  const app = Fastify({ trustProxy: true })
  const hooks = limits.map((limit) =>
    fastifyRateLimit(limit, {
      ...options,
      answer: page && ((_request, reply, result) => reply.send(page(result))),
    }),
  )
  const site = siteAt(() => (app.server.address() as AddressInfo).port)
  app.get('/', { onRequest: hooks }, async () => `page ${++site.served}`)
  await app.listen({ port: 0, host: '127.0.0.1' })
  closers.push(() => app.close())
  return site
}

const expressSite =
  (make: typeof express): Serve =>
  async (limits, { page, ...options }) => {
    const app = make()
    app.set('trust proxy', true)
    app.use(
      limits.map((limit) =>
        expressRateLimit(limit, {
          ...options,
          answer: page && ((_request, response, result) => response.end(page(result))),
        }),
      ),
    )
    app.get('/', (_request, response) => void response.send(`page ${++site.served}`))
    app.use(((
      error: Error,
      _request: unknown,
      response: { status(n: number): { end(s: string): void } },
      _: unknown,
    ) => response.status(500).end(error.message)) as never)
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const site = siteAt(() => (server.address() as AddressInfo).port)
    return site
  }

function siteAt(port: () => number): Site {
  return {
    served: 0,
    get: (path = '/', headers = {}) =>
      fetch(`http://127.0.0.1:${port()}${path}`, { headers: { connection: 'close', ...headers } }),
  }
}

const SITES = [
  ['Fastify', fastifySite],
  ['Express 5', expressSite(express)],
  ['Express 4', expressSite(express4)],
] as const

describeRedis('a rate limit of requests', () => {
  const { server, kit } = useKits()
  const warnings = collectWarnings()
  const limitOf = (limit: number, name = 'pages') => kit().rateLimit(name, { limit, per: '1h' })

  test.each(SITES)('answers with 429 and the headers of the draft (%s)', async (_, serve) => {
    const site = await serve([limitOf(2)], {})
    const first = await site.get()
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-policy')).toBe('"pages";q=2;w=3600')
    expect(first.headers.get('ratelimit')).toMatch(/^"pages";r=1;t=(3600|35\d\d)$/)
    expect(first.headers.get('retry-after')).toBeNull()
    await site.get()
    const refused = await site.get()
    expect(refused.status).toBe(429)
    expect(await refused.text()).toMatch(/^Too many requests\. Try again in 3\d\d\d seconds\.$/)
    expect(refused.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(refused.headers.get('ratelimit')).toMatch(/^"pages";r=0;t=3\d\d\d$/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(
      Number(/t=(\d+)/.exec(refused.headers.get('ratelimit') ?? '')?.[1]),
    )
    expect(site.served).toBe(2)
  })

  test.each(SITES)(
    'counts by the address that the proxies say, and an IPv6 network as one (%s)',
    async (_, serve) => {
      const site = await serve([limitOf(1)], {})
      const from = async (address: string) => (await site.get('/', { 'x-forwarded-for': address })).status
      expect(await from('192.0.2.1')).toBe(200)
      expect(await from('192.0.2.2')).toBe(200)
      expect(await from('192.0.2.1')).toBe(429)
      expect(await from('2001:db8:1:2::3')).toBe(200)
      expect(await from('2001:db8:1:2:ffff::1')).toBe(429)
      expect(await from('2001:db8:1:3::3')).toBe(200)
    },
  )

  test.each(SITES)('counts by a key of its own, and not without one (%s)', async (_, serve) => {
    const site = await serve([limitOf(1)], {
      key: async ({ headers }) => headers['x-user']?.toString(),
    })
    const by = async (user?: string) => (await site.get('/', user ? { 'x-user': user } : {})).status
    expect([await by('ann'), await by('ann'), await by('bob')]).toEqual([200, 429, 200])
    const free = await site.get()
    expect(free.status).toBe(200)
    expect(free.headers.get('ratelimit')).toBeNull()
    expect(await by()).toBe(200)
  })

  test.each(SITES)('sends its own page (%s)', async (_, serve) => {
    const site = await serve([limitOf(1)], { page: ({ retryAfter }) => `wait ${retryAfter > 3_000_000}` })
    await site.get()
    const refused = await site.get()
    expect([refused.status, await refused.text()]).toEqual([429, 'wait true'])
    expect(refused.headers.get('retry-after')).not.toBeNull()
  })

  test('sends what answer returns, at once or later (Fastify)', async () => {
    const app = Fastify()
    const limit = limitOf(1)
    const answers = [() => 'text', async () => 'later', () => ({ wait: true })]
    for (const [n, answer] of answers.entries())
      app.get(
        `/${n}`,
        { onRequest: fastifyRateLimit(limit, { key: () => `${n}`, answer }) },
        async () => 'page',
      )
    const bodies = []
    for (const n of answers.keys()) {
      await app.inject(`/${n}`)
      const { statusCode, body } = await app.inject(`/${n}`)
      bodies.push([statusCode, body])
    }
    expect(bodies).toEqual([
      [429, 'text'],
      [429, 'later'],
      [429, '{"wait":true}'],
    ])
    await app.close()
  })

  test.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('refuses an answer that returns its page, and sends nothing (%s)', async (_, make) => {
    const app = make()
    app.use(expressRateLimit(limitOf(1), { key: () => 'one', answer: () => 'a page' }))
    app.get('/', (_request, response) => void response.send('page'))
    app.use(
      ((error: Error, _request: unknown, response: express.Response, _next: unknown) =>
        void response.end(error.message)) as never,
    )
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    const site = siteAt(() => (server.address() as AddressInfo).port)
    await site.get()
    expect(await (await site.get()).text()).toContain('answer returned a page, but must send it')
  })

  test.each(['', undefined])('does not limit requests whose address is %j, and warns once', async (ip) => {
    const web = new WebRateLimit('test', limitOf(1), {}, [])
    for (let n = 0; n < 3; n++) expect((await web.check({ ip, headers: {} })).refusal).toBeUndefined()
    expect(warnings).toEqual([
      'The rate limit "pages" does not limit requests that have no address (request.ip): pass the option key',
    ])
  })

  test('tells a client to wait for at least 1 s', () => {
    const refused = { allowed: false, limit: 1, remaining: 0, resetAfter: 0, retryAfter: 0 }
    expect(rateLimitHeaders(limitOf(1), refused)['Retry-After']).toBe('1')
    expect(rateLimitHeaders(limitOf(1), { ...refused, retryAfter: 1_001 })['Retry-After']).toBe('2')
  })

  test.each(SITES)('shows several limits of one response as lists (%s)', async (_, serve) => {
    const site = await serve([limitOf(5), limitOf(1, 'ä "quoted"')], {})
    expect((await site.get()).headers.get('ratelimit-policy')).toBe(
      '"pages";q=5;w=3600, "%C3%A4 \\"quoted\\"";q=1;w=3600',
    )
    expect((await site.get()).status).toBe(429)
  })

  test.each(SITES)(
    'serves pages while Redis is gone, warns once, and counts again later (%s)',
    async (_, serve) => {
      const site = await serve([limitOf(1)], { timeout: '100ms' })
      await site.get()
      server().pause()
      for (let n = 0; n < 5; n++) expect((await site.get()).status).toBe(200)
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain('The rate limit "pages" does not work, requests are served without it')
      server().resume()
      await expect.poll(async () => (await site.get()).status).toBe(429)
      expect(warnings).toHaveLength(1)
    },
  )

  test.each(SITES)('refuses with 503 while Redis is gone, where it shall (%s)', async (_, serve) => {
    const errors: Error[] = []
    const site = await serve([limitOf(1)], {
      onError: 'refuse',
      timeout: 50,
      report: (error) => void errors.push(error),
    })
    server().pause()
    const refused = await site.get()
    server().resume()
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(errors.map((error) => 'code' in error && error.code)).toEqual(['ERR_ONETRIP_STORE_TIMEOUT'])
    expect(warnings).toEqual([])
    expect(site.served).toBe(0)
  })

  test.each(SITES)('fails a request whose key cannot be found (%s)', async (_, serve) => {
    const failing = await serve([limitOf(1)], {
      key: () => {
        throw new Error('no session')
      },
    })
    expect((await failing.get()).status).toBe(500)
    const wrong = await serve([limitOf(1)], { key: () => 7 as never })
    expect((await wrong.get()).status).toBe(500)
  })

  test('takes the types of the framework', async () => {
    const app = Fastify()
    const limit = limitOf(1)
    app.get('/a', { preHandler: fastifyRateLimit(limit) }, async () => 1)
    app.get(
      '/b',
      { preHandler: fastifyRateLimit(limit, { key: (request: FastifyRequest) => request.host }) },
      async () => 1,
    )
    express().get('/a', expressRateLimit(limit), (_request, response) => void response.send('1'))
    express().get('/b', expressRateLimit(limit, { key: (request: express.Request) => request.hostname }))
    expect((await app.inject('/a')).statusCode).toBe(200)
    await app.close()
  })

  test.each([
    [undefined, {}, 'takes a limit of kit.rateLimit; got undefined'],
    ['limit', 5, 'takes an object of options; got 5'],
    ['limit', { key: 'ip' }, "key is not a function; got 'ip'"],
    ['limit', { cost: 2 }, 'the cost is 2: it must be at most 1'],
    ['limit', { onError: 'fail' }, "'allow' or 'refuse'"],
    ['limit', { timeout: 'soon' }, "timeout is 'soon'"],
    ['limit', { keyGenerator: () => 'a' }, 'did you mean "key"?'],
  ])('refuses %s with %j', (limit, options, message) => {
    const given = limit && limitOf(1)
    expect(() => fastifyRateLimit(given as never, options as never)).toThrow(message)
    expect(() => expressRateLimit(given as never, options as never)).toThrow(message)
  })
})
