import express from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import type { FragmentCache } from 'onetrip'
import onetripExpress from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { redisStore } from 'onetrip/stores/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'

const PAGE = '{% cache "a" %}a{% endcache %}{% cache "b" %}b{% endcache %}'
const CALL = '{% cache "a" %}a{% endcache %}{{ note(1) }}'

/** Handlers that use values before they render, and the round trips of a warm page with each. */
const HANDLERS: readonly [
  what: string,
  trips: number,
  handle: (cache: FragmentCache, note: Note) => Promise<unknown>,
][] = [
  ['nothing', 1, async () => undefined],
  ['cache.values.get', 2, (cache) => cache.values.get('x')],
  ['cache.values.getMany', 2, (cache) => cache.values.getMany(['x', 'y'])],
  ['two reads at once', 2, (cache) => Promise.all([cache.values.get('x'), cache.values.get('y')])],
  [
    'two reads one after the other',
    3,
    async (cache) => [await cache.values.get('x'), await cache.values.get('y')],
  ],
  ['a cached function', 2, (_cache, note) => note(1)],
  ['cache.preload', 2, (cache) => cache.preload(['x'], () => cache.values.get('x'))],
]
type Note = (id: number) => Promise<unknown>

describeRedis('the trips of a request count those for values', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const store = () => redisStore({ url: server.url })
  const engine = () => engineOf({ page: PAGE, call: CALL })
  const noteOf = (cache: FragmentCache) =>
    cache.cached('note', { key: (id: number) => [id], ttl: '5m' }, (id) => `note ${id}`)
  const tripsIn = (header: unknown) => Number(/trips=(\d+)/.exec(String(header))?.[1])

  describe.each(HANDLERS)('%s', (_what, trips, handle) => {
    it('on Fastify, as Redis counts them', async () => {
      const app = Fastify()
      await app.register(onetrip, {
        engine: engine(),
        store: store(),
        ttl: '5m',
        debug: true,
        ...PATIENT,
      })
      const note = noteOf(app.fragments)
      await app.fragments.values.set('x', 1)
      app.get('/', async (_request, reply) => {
        await handle(app.fragments, note)
        return reply.view('page')
      })
      for (let n = 0; n < 2; n++) {
        await app.inject('/')
        await app.fragments.settled()
      }
      await server.resetStats()
      const { headers } = await app.inject('/')
      expect(tripsIn(headers['x-onetrip'])).toBe(trips)
      expect((await server.commandStats()).mget).toBe(trips)
      await app.close()
    })

    it('on Express', async () => {
      const app = express()
      const cached = onetripExpress({
        engine: engine(),
        store: store(),
        ttl: '5m',
        debug: true,
        ...PATIENT,
      })
      const note = noteOf(cached.fragments)
      app.use(cached)
      app.get('/', async (_request, response) => {
        await handle(cached.fragments, note)
        response.render('page')
      })
      const listening = app.listen(0)
      const { port } = listening.address() as { port: number }
      let header: unknown
      for (let n = 0; n < 3; n++) {
        header = (await fetch(`http://127.0.0.1:${port}/`)).headers.get('x-onetrip')
        await cached.fragments.settled()
      }
      expect(tripsIn(header)).toBe(trips)
      await new Promise((resolve) => listening.close(resolve))
      await cached.fragments.close()
    })
  })

  it('calls of a template, and keys that a page preloads, are read with its fragments', async () => {
    const app = Fastify()
    await app.register(onetrip, { engine: engine(), store: store(), ttl: '5m', debug: true, ...PATIENT })
    const note = noteOf(app.fragments)
    app.get('/call', (_request, reply) => reply.view('call', { note }))
    const preload = (request: FastifyRequest) => request.fragments.preload('x')
    app.get('/preload', (request, reply) => {
      preload(request)
      return reply.view('page')
    })
    for (const path of ['/call', '/preload']) {
      for (let n = 0; n < 2; n++) {
        await app.inject(path)
        await app.fragments.settled()
      }
      await server.resetStats()
      const { headers } = await app.inject(path)
      expect([path, tripsIn(headers['x-onetrip'])]).toEqual([path, (await server.commandStats()).mget])
    }
    await app.close()
  })
})
