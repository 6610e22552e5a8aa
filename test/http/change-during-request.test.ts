import type { AddressInfo } from 'node:net'
import express from 'express'
import Fastify from 'fastify'
import type { FragmentCache } from 'onetrip'
import onetripExpress from 'onetrip/express'
import onetripFastify from 'onetrip/fastify'
import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/stores/store.ts'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { engineOf } from '../helpers/templates.ts'

/**
 * A GET reads its row; while it is at work a POST saves another one, and invalidates; the GET
 * renders what it has read, and is stored or not. Over HTTP, again and again, as fast as it goes.
 */
const ROUNDS = 300
const TEMPLATE = '{% cache "row", id, tags=["row:" ~ id], ttl="1h" %}{{ text }}{% endcache %}'

/** The rows of a site, and a GET that has read one and waits until it is saved. */
class Rows {
  readonly #rows = new Map<string, string>()
  readonly #waiting = new Map<string, () => void>()

  read(id: string): string {
    return this.#rows.get(id) ?? 'old'
  }

  /** Reads, and waits until the row is saved. */
  async readAndWait(id: string): Promise<string> {
    const text = this.read(id)
    await new Promise<void>((resolve) => this.#waiting.set(id, resolve))
    return text
  }

  async save(id: string, cache: FragmentCache): Promise<void> {
    this.#rows.set(id, 'new')
    await cache.invalidate(`row:${id}`)
    this.#waiting.get(id)?.()
  }
}

interface Site {
  readonly origin: string
  readonly rows: Rows
  readonly cache: FragmentCache
  close(): Promise<unknown>
}

const engine = engineOf({ page: TEMPLATE })

async function fastifySite(store: Store): Promise<Site> {
  const rows = new Rows()
  const app = Fastify()
  await app.register(onetripFastify, { engine, store, prefix: 'fastify', ...PATIENT })
  app.get<{ Params: { id: string } }>('/slow/:id', async ({ params: { id } }, reply) => {
    const text = rows.readAndWait(id)
    void rows.save(id, app.fragments)
    return reply.view('page', { id, text: await text })
  })
  app.get<{ Params: { id: string } }>('/:id', ({ params: { id } }, reply) =>
    reply.view('page', { id, text: rows.read(id) }),
  )
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return { origin, rows, cache: app.fragments, close: () => app.close() }
}

async function expressSite(store: Store): Promise<Site> {
  const rows = new Rows()
  const app = express()
  const middleware = onetripExpress({ engine, store, prefix: 'express', ...PATIENT })
  app.use(middleware)
  app.get('/slow/:id', async ({ params: { id } }, response) => {
    const text = rows.readAndWait(id)
    void rows.save(id, middleware.fragments)
    response.render('page', { id, text: await text })
  })
  app.get('/:id', ({ params: { id } }, response) => {
    response.render('page', { id, text: rows.read(id) })
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rows,
    cache: middleware.fragments,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await middleware.fragments.close()
    },
  }
}

function tests(create: () => Store): void {
  it.each([
    ['Fastify', fastifySite],
    ['Express', expressSite],
  ] as const)(`${ROUNDS} rows, saved while they are shown: %s`, async (_name, open) => {
    const site = await open(create())
    const wrong: string[] = []
    let hits = 0
    site.cache.on(({ type }) => {
      if (type === 'hit') hits++
    })
    const get = async (path: string) => (await fetch(`${site.origin}/${path}`)).text()
    for (let n = 0; n < ROUNDS; n++) {
      expect(await get(`slow/${n}`)).toBe('old')
      await site.cache.settled()
      if ((await get(String(n))) !== 'new') wrong.push(String(n))
    }
    expect(wrong).toEqual([])
    // What is rendered after the save is stored.
    const before = hits
    await expect.poll(() => get('0').then(() => hits)).toBeGreaterThan(before)
    await site.close()
  })
}

describe('on memoryStore', () => tests(() => memoryStore()))
describeRedis('on redisStore', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  tests(() => redisStore({ url: server.url }))
})
