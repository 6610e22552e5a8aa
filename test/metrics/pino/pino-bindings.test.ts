import Fastify from 'fastify'
import { OptionError } from 'onetrip'
import onetrip from 'onetrip/fastify'
import { pinoBindings } from 'onetrip/metrics/pino'
import { memoryStore } from 'onetrip/stores/memory'
import { expect, test } from 'vitest'
import { engineOf } from '../../helpers/templates.ts'

test('a log line of each request has the numbers of its page', async () => {
  const lines: Record<string, unknown>[] = []
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) }
  const app = Fastify({ logger: { stream } })
  const engine = engineOf({
    page: '{% cache "a", secret %}a{% endcache %}{% cache "b", ttl="1h" %}b{% endcache %}',
  })
  await app.register(onetrip, { engine, store: memoryStore(), ttl: '5m' })
  app.addHook('onResponse', (request, _reply, done) => {
    request.log.info(pinoBindings(request.fragments), 'page')
    done()
  })
  app.get('/', (_request, reply) => reply.view('page', { secret: 'visitor-7' }))
  app.get('/none', async () => 'none')
  for (const url of ['/', '/', '/none']) {
    await app.inject(url)
    await app.fragments.settled()
  }
  await app.close()
  expect(lines.filter(({ msg }) => msg === 'page').map(({ onetrip }) => onetrip)).toEqual([
    { hits: 0, stale: 0, misses: 2, trips: 1 },
    { hits: 2, stale: 0, misses: 0, trips: 1 },
    undefined,
  ])
  expect(JSON.stringify(lines)).not.toContain('visitor-7')
})

test('refuses what is no page', () => {
  expect(() => pinoBindings(undefined as never)).toThrow(OptionError)
  expect(() => pinoBindings({} as never)).toThrow('a page such as request.fragments')
})
