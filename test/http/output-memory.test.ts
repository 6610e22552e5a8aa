import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import onetrip from '../../src/http/fastify.ts'
import { turns } from '../helpers/turns.ts'
import { fragment, scriptedEngine } from './scripted-engine.ts'

/** The memory of a page is used again when it was sent, and never while something else has it. */

const SIZE = 200_000
const pageOf = (letter: string) => letter.repeat(SIZE)

const engine = scriptedEngine({
  page: ({ letter }: { letter: string }) => [fragment('all', [letter], () => [pageOf(letter)])],
})

let app: FastifyInstance
afterEach(() => app.close())

async function start(prepare?: (app: FastifyInstance) => void): Promise<string> {
  app = Fastify()
  await app.register(onetrip, { engine, ttl: '1m', debug: false })
  prepare?.(app)
  app.get<{ Params: { letter: string } }>('/:letter', (request, reply) => reply.view('page', request.params))
  return app.listen({ port: 0, host: '127.0.0.1' })
}

async function get(url: string, letter: string): Promise<void> {
  const response = await fetch(`${url}/${letter}`)
  expect(await response.text()).toBe(pageOf(letter))
}

async function getAll(url: string): Promise<void> {
  for (const letter of 'abcdefgh') await get(url, letter)
}

test('pages that follow one another have the bytes of their own', async () => {
  const url = await start()
  await Promise.all([getAll(url), getAll(url), getAll(url)])
})

test('the memory of a page that was sent is used again', async () => {
  const seen = new Set<ArrayBufferLike>()
  const url = await start((app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      const { socket } = reply.raw
      const { _writeGeneric } = socket as unknown as { _writeGeneric: (...args: unknown[]) => unknown }
      Object.assign(socket as object, {
        _writeGeneric(writev: boolean, data: unknown, ...rest: unknown[]) {
          for (const one of Array.isArray(data) ? data : [data]) {
            const chunk: unknown = (one as { chunk?: unknown })?.chunk ?? one
            if (Buffer.isBuffer(chunk)) seen.add(chunk.buffer)
          }
          return _writeGeneric.call(this, writev, data, ...rest)
        },
      })
      done()
    })
  })
  for (let round = 0; round < 3; round++) await getAll(url)
  expect(seen.size).toBeGreaterThan(0)
  expect(seen.size).toBeLessThan(12)
})

test.each<[string, (app: FastifyInstance, kept: Buffer[]) => void]>([
  [
    'an onSend hook',
    (app, kept) => {
      app.addHook('onSend', async (_request, _reply, payload) => {
        kept.push(payload as Buffer)
        return payload
      })
    },
  ],
  [
    'a function that makes a trailer',
    (app, kept) => {
      app.addHook('preHandler', async (_request, reply) => {
        reply.trailer('x-digest', async (_reply: unknown, payload: unknown) => {
          kept.push(payload as Buffer)
          return 'none'
        })
      })
    },
  ],
  [
    'a response whose end() is another',
    (app, kept) => {
      app.addHook('onRequest', async (_request, { raw }) => {
        const { end } = raw
        raw.end = ((chunk: unknown, ...rest: unknown[]) => {
          if (Buffer.isBuffer(chunk)) kept.push(chunk)
          return Reflect.apply(end, raw, [chunk, ...rest])
        }) as typeof end
      })
    },
  ],
])('the bytes that %s keeps of a page do not change', async (_title, prepare) => {
  const kept: Buffer[] = []
  const url = await start((app) => prepare(app, kept))
  await getAll(url)
  await getAll(url)
  expect(kept.map(String)).toEqual([...'abcdefghabcdefgh'].map(pageOf))
})

test('pages that a visitor has not read yet stay as they were', async () => {
  const url = await start()
  const connected = once(app.server, 'connection') as Promise<[Socket]>
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.pause()
  const [served] = await connected
  // One after the other, until the kernel takes no more for a visitor who does not read.
  const letters: string[] = []
  for (let blocked = 0; blocked < 20; blocked++) {
    if (served.writableLength === 0) {
      const letter = 'abcdefgh'[letters.length % 8] as string
      letters.push(letter)
      const request = once(app.server, 'request')
      socket.write(`GET /${letter} HTTP/1.1\r\nHost: here\r\n\r\n`)
      const [, response] = (await request) as [unknown, ServerResponse]
      while (!response.writableEnded) await turns(1)
      blocked = 0
    }
    await turns(1)
  }
  for (let round = 0; round < 4; round++) await getAll(url)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write('GET /i HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n')
  socket.resume()
  await once(socket, 'end')
  const bodies = text
    .split('HTTP/1.1 200 OK\r\n')
    .slice(1)
    .map((response) => response.slice(response.indexOf('\r\n\r\n') + 4))
  expect(bodies.map((body) => `${body.length} ${[...new Set(body)].join('')}`)).toEqual(
    [...letters, 'i'].map((letter) => `${SIZE} ${letter}`),
  )
})

test('pages are right after visitors who hung up in the middle of one', async () => {
  const url = await start()
  for (let round = 0; round < 4; round++) {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    for (const letter of 'abcdefgh') socket.write(`GET /${letter} HTTP/1.1\r\nHost: here\r\n\r\n`)
    await once(socket, 'data')
    socket.resetAndDestroy()
    await turns(1)
    await getAll(url)
  }
})

test('HEAD, and a page whose visitor has left, do not reuse memory of others', async () => {
  const url = await start()
  const kept = await app.inject('/a')
  for (const letter of 'abcdefgh') await fetch(`${url}/${letter}`, { method: 'HEAD' })
  await getAll(url)
  expect(kept.body).toBe(pageOf('a'))
})
