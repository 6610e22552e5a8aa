import express from 'express'
import Fastify from 'fastify'
import { type FragmentEvent, lazy } from 'onetrip'
import onetripExpress from 'onetrip/express'
import onetrip from 'onetrip/fastify'
import { describe, expect, test } from 'vitest'
import { engineOf, told } from '../helpers/templates.ts'

const PAGE =
  '{% cache "out", 1 %}{% cache "basket", 1 %}{{ load() }}{{ later }}{% endcache %}{% endcache %}' +
  '{% cache "hole", 1 %}{% nocache %}{{ touch() }}{% endnocache %}{% endcache %}{% cache "other", 1 %}o{% endcache %}'

interface Response {
  set(name: string, value: string): unknown
  status(code: number): unknown
}

const CHANGES: readonly (readonly [what: string, change: (response: Response) => void])[] = [
  ['a cookie', (response) => response.set('set-cookie', 'basket=1')],
  ['a header', (response) => response.set('x-basket', 'new')],
  ['the status', (response) => response.status(201)],
]
const SKIPPED =
  'its body changed the status, a header or a cookie of the response, which would be missing on a hit'

function expectSkipped(events: readonly FragmentEvent[]) {
  expect(told(events, 'skip').sort()).toEqual([`skip basket: ${SKIPPED}`, `skip out: ${SKIPPED}`])
  expect(told(events, 'write').sort()).toEqual(['write hole', 'write other'])
}

describe.each(CHANGES)('a body that changes %s of the response', (_what, change) => {
  test.each(['in a call', 'in a lazy value'])('%s is not stored: Fastify', async (where) => {
    const app = Fastify()
    await app.register(onetrip, { engine: engineOf({ page: PAGE }), ttl: '5m' })
    const events: FragmentEvent[] = []
    app.fragments.on((event) => events.push(event))
    app.get('/', (_request, reply) => {
      const response = {
        set: (name: string, value: string) => reply.header(name, value),
        status: (code: number) => reply.code(code),
      }
      const run = () => void change(response)
      return reply.view('page', {
        load: where === 'in a call' ? run : () => '',
        later: where === 'in a call' ? '' : lazy(async () => run() ?? ''),
        touch: () => void reply.header('x-hole', 'changed'),
      })
    })
    await app.inject('/')
    await app.fragments.settled()
    expectSkipped(events)
    await app.close()
  })

  test('is not stored: Express', async () => {
    const app = express()
    const fragments = onetripExpress({ engine: engineOf({ page: PAGE }), ttl: '5m' })
    app.use(fragments)
    const events: FragmentEvent[] = []
    fragments.fragments.on((event) => events.push(event))
    app.get('/', (_request, response) =>
      response.render('page', {
        load: () => void change(response),
        later: '',
        touch: () => void response.set('x-hole', 'changed'),
      }),
    )
    const server = app.listen(0)
    const { port } = server.address() as { port: number }
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    await fragments.fragments.settled()
    expectSkipped(events)
    await new Promise((resolve) => server.close(resolve))
    await fragments.fragments.close()
  })
})
