import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import onetrip from 'onetrip/fastify'
import { purgeInvalidated, varnish } from 'onetrip/purge'
import { afterEach, expect, test } from 'vitest'
import { engineOf } from '../helpers/templates.ts'
import { describeVarnish, startVarnish, type Varnish } from '../helpers/varnish.ts'

/** A site whose pages Varnish keeps for an hour, by the headers and the purges of this package. */
describeVarnish('Varnish in front of a site with cacheHeaders and purge', () => {
  let app: FastifyInstance
  let front: Varnish
  let text = 'old'
  let pages = 0
  afterEach(async () => {
    await front?.stop()
    await app?.close()
  })

  async function start(soft: boolean): Promise<void> {
    text = 'old'
    pages = 0
    app = Fastify({ forceCloseConnections: true })
    await app.register(onetrip, {
      engine: engineOf({ page: '{% cache "film", ttl="2h", tags="a film, 1" %}{{ text }}{% endcache %}' }),
      cacheHeaders: { maxAge: '1h', tags: ['xkey'] },
      compress: { threshold: 0 },
      etag: true,
      debug: false,
    })
    app.get('/', (_request, reply) => {
      pages++
      return reply.view('page', { text })
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    front = await startVarnish((app.server.address() as AddressInfo).port)
    purgeInvalidated(app.fragments, varnish({ urls: [`http://127.0.0.1:${front.port}`], soft }), { again: 0 })
  }
  const body = async () => (await front.get('/')).body

  test.each([true, false])('soft: %s', async (soft) => {
    await start(soft)
    // The first page has a miss.
    await expect.poll(async () => (await front.get('/')).cache).toBe('HIT')
    const made = pages
    expect([await body(), await body(), pages]).toEqual(['old', 'old', made])
    text = 'new'
    await app.fragments.invalidate('a film, 1')
    await app.fragments.settled()
    // Softly: the old page once more, while the new one is fetched.
    const [first] = [await body()]
    expect(first).toBe(soft ? 'old' : 'new')
    await expect.poll(body).toBe('new')
    await expect.poll(async () => (await front.get('/')).cache).toBe('HIT')
    expect(await body()).toBe('new')
  })

  test('requests of visitors are not kept', async () => {
    await start(true)
    for (let n = 0; n < 4; n++) await front.get('/', { headers: { cookie: 'session=1' } })
    expect(pages).toBe(4)
  })
})
