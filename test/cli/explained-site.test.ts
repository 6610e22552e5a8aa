import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import onetripPlugin from 'onetrip/fastify'
import { memoryStore } from 'onetrip/stores/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineOf } from '../helpers/templates.ts'
import { json, onetrip } from './run-cli.ts'

let app: FastifyInstance
let url: string
beforeAll(async () => {
  app = Fastify()
  await app.register(onetripPlugin, {
    engine: engineOf({
      home: '{% cache "menu" %}menu{% endcache %}{% cache "card", 1, tags=["film:1"] %}x{% endcache %}',
    }),
    store: memoryStore(),
    ttl: '1h',
    overlay: {
      authorize: (request: { headers: Record<string, unknown> }) => request.headers.cookie === 'admin=1',
    },
    bypass: (request: { headers: Record<string, unknown> }) =>
      request.headers['x-without-cache'] === 's3cret' && 'both',
  })
  app.get('/', (_, reply) => reply.view('home', {}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/`
})
afterAll(() => app.close())

test('explain shows why fragments of a site were hits or misses', async () => {
  const args = ['explain', url, '-H', 'Cookie: admin=1']
  const first = await onetrip(args)
  expect(first.stderr).toBe('')
  expect(first.stdout).toMatch(
    /^\/, home\n.* 0 hits, 0 stale, 2 misses; 2 round trips, 1 run of its templates\n/,
  )
  expect(first.stdout).toMatch(/^miss +card +home:1 .*\w+/m)
  expect(first.stdout).toMatch(/^declare home .*=/m)
  await app.fragments.settled()
  await app.fragments.invalidate('film:1')
  const second = await onetrip(args)
  expect(second.stdout).toMatch(/^hit +menu +home:1 /m)
  expect(second.stdout).toMatch(/^miss +card +home:1 .*film:1/m)
  expect(await json(args)).toMatchObject({
    page: { route: '/' },
    fragments: [{ name: 'menu' }, { name: 'card' }],
  })
})

test('a request without the rights gets to know what to do', async () => {
  const { code, stderr } = await onetrip(['explain', url])
  expect([code, stderr]).toEqual([1, expect.stringContaining('overlay: { authorize }')])
})

test('bench compares a site with the cache and without it', async () => {
  const args = [
    'bench',
    url,
    '--without-header',
    'X-Without-Cache: s3cret',
    '--duration',
    '1s',
    '--rounds',
    '1',
  ]
  expect(await json(args)).toMatchObject({ withCache: { failed: 0 }, withoutCache: { failed: 0 } })
})
