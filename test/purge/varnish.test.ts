import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { varnish } from 'onetrip/purge'
import { afterEach, beforeEach, expect, test } from 'vitest'

/** A server that notes what it is asked. */
let server: Server
let url: string
let status = 200
const asked: { method: string | undefined; headers: Record<string, unknown> }[] = []

beforeEach(async () => {
  status = 200
  asked.length = 0
  server = createServer((request, response) => {
    asked.push({ method: request.method, headers: request.headers })
    response.writeHead(status).end('Purged')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

const signal = () => new AbortController().signal

test('a soft purge by default, with further headers', async () => {
  const [target] = varnish({ urls: [url], headers: { 'x-secret': 'word' } })
  await target?.purge(['films', 'film:1'], signal())
  expect(asked).toMatchObject([{ method: 'PURGE', headers: { xkey: 'films film:1', 'x-secret': 'word' } }])
  expect(asked[0]?.headers['xkey-purge']).toBeUndefined()
})

test('a hard one', async () => {
  const [target] = varnish({ urls: [url], soft: false })
  await target?.purge(['films'], signal())
  expect(asked).toMatchObject([{ method: 'PURGE', headers: { xkey: 'films', 'xkey-purge': 'hard' } }])
})

test('an answer that is not 2xx is a failure', async () => {
  status = 403
  const [target] = varnish({ urls: [url] })
  await expect(target?.purge(['films'], signal())).rejects.toThrow('it answered 403 Forbidden')
})

test('each server is a target of its own', () => {
  const targets = varnish({ urls: [url, 'http://10.0.0.5:6081'] })
  expect(targets.map(({ name }) => name)).toEqual([
    `Varnish at ${new URL(url).host}`,
    'Varnish at 10.0.0.5:6081',
  ])
})

test.each<[unknown, RegExp]>([
  [undefined, /varnish\(\) takes an object such as/],
  [{ urls: 'http://a' }, /The option urls must be an array such as/],
  [{ urls: [] }, /The option urls must be an array such as/],
  [{ urls: ['10.0.0.5:6081'] }, /The option urls must be addresses that begin with http/],
  [{ urls: ['http://user:secret@a'] }, /an address with a user and a password: pass them as/],
  [{ url: 'http://a' }, /varnish\(\) has no option "url"/],
  [{ urls: ['http://a'], soft: 'yes' }, /The option soft must be true or false/],
  [{ urls: ['http://a'], timeout: 'soon' }, /The option timeout of varnish\(\) is 'soon'/],
])('%j is refused', (options, message) => {
  expect(() => varnish(options as never)).toThrow(message)
})
