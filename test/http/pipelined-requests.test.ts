import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import onetrip from '../../src/http/fastify.ts'
import { deferred } from '../helpers/deferred.ts'
import { fragment, scriptedEngine } from './scripted-engine.ts'

/** A visitor who asks for pages while an earlier answer is still awaited, and hangs up. */

const engine = scriptedEngine({
  page: () => ['<h1>page</h1>', fragment('card', [], () => ['<p>card</p>'])],
})

let app: FastifyInstance
afterEach(() => app.close())

type Handler = (reply: FastifyReply, hungUp: Promise<void>) => unknown

const handlers: readonly (readonly [title: string, method: string, handler: Handler])[] = [
  ['returns reply.view()', 'GET', (reply) => reply.view('page')],
  [
    'awaits reply.view()',
    'GET',
    async (reply) => {
      await reply.view('page')
    },
  ],
  ['has its body read', 'POST', (reply) => reply.view('page')],
  ['names a template that fails', 'GET', (reply) => reply.view('none')],
  [
    'renders after the visitor has hung up',
    'GET',
    async (reply, hungUp) => {
      await hungUp
      return reply.view('page')
    },
  ],
]

async function start(handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) {
  app = Fastify()
  await app.register(onetrip, { engine, ttl: '1m' })
  const gate = deferred()
  app.get('/first', async () => gate.promise)
  app.route({ method: ['GET', 'POST'], url: '/page', handler })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  return { socket, gate }
}

test.each(handlers)('the promise of a handler that %s settles', async (_title, method, handler) => {
  const [begun, over, hungUp] = [deferred(), deferred(), deferred()]
  const { socket, gate } = await start(async (request, reply) => {
    request.raw.socket.once('close', hungUp.resolve)
    begun.resolve()
    try {
      return await handler(reply, hungUp.promise)
    } finally {
      over.resolve()
    }
  })
  socket.write(`${get('/first')}${method === 'POST' ? post('/page') : get('/page')}`)
  await begun.promise
  socket.destroy()
  await over.promise
  gate.resolve()
})

test('a page of a POST releases its claims when the visitor hangs up', async () => {
  const rendered = deferred()
  const { socket, gate } = await start(async (request, reply) => {
    await request.fragments.render('page')
    rendered.resolve()
    return reply.send('')
  })
  const skipped = new Promise<string>((resolve) => {
    app.fragments.on((event) => event.type === 'skip' && resolve(event.reason))
  })
  socket.write(get('/first') + post('/page'))
  await rendered.promise
  socket.destroy()
  expect(await skipped).toBe('method POST')
  gate.resolve()
})

test('many pages that wait on one connection are no leak of listeners', async () => {
  const warnings: Error[] = []
  const warn = (warning: Error) => void warnings.push(warning)
  process.on('warning', warn)
  const all = deferred()
  let open = 0
  const { socket, gate } = await start(async (_request, reply) => {
    if (++open === 20) all.resolve()
    return reply.view('page')
  })
  socket.write(get('/first') + get('/page').repeat(20))
  await all.promise
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  gate.resolve()
  await until(() => answer.split('<p>card</p>').length === 21)
  socket.destroy()
  await new Promise(setImmediate)
  process.off('warning', warn)
  expect(warnings).toEqual([])

  async function until(done: () => boolean) {
    while (!done()) await once(socket, 'data')
  }
})

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const post = (path: string) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
