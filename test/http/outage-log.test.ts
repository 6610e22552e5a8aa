import Fastify from 'fastify'
import onetrip from 'onetrip/fastify'
import { expect, test } from 'vitest'
import { engineOf } from '../helpers/templates.ts'
import { watchedStore } from './watched-store.ts'

test('the Fastify plugin logs that the store has failed, once, and that it is back', async () => {
  const lines: { level: number; msg: string; err?: { message: string } }[] = []
  const app = Fastify({
    logger: { level: 'info', stream: { write: (line) => lines.push(JSON.parse(line)) } },
  })
  const store = watchedStore()
  await app.register(onetrip, {
    engine: engineOf({ page: '{% cache "a", ttl="1m" %}a{% endcache %}' }),
    store,
  })
  app.get('/', (_request, reply) => reply.view('page'))
  store.failure = new Error('gone')
  for (let n = 0; n < 3; n++) expect((await app.inject('/')).body).toBe('a')
  store.failure = undefined
  const ours = () => lines.filter(({ msg }) => msg.startsWith('onetrip'))
  await expect.poll(() => ours().length).toBe(2)
  expect(ours()[0]).toMatchObject({ level: 40, err: { message: expect.stringContaining('gone') } })
  expect(ours()[1]).toMatchObject({ level: 30 })
  await app.close()
})
