import { createConnection, type Socket } from 'node:net'
import { type RedisServer, startServer } from 'onetrip/server'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectRaw, encodeRequest, type RawClient } from '../helpers/raw-client.ts'

let server: RedisServer
let admin: RawClient
const sockets: Socket[] = []
const MEGABYTE = 1024 * 1024

beforeAll(async () => {
  server = await startServer()
  admin = await connectRaw(server.port)
})

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

afterAll(async () => {
  admin.close()
  await server.close()
})

/** Opens a connection that sends a request, and reads nothing. */
async function connectSilent(...request: string[]): Promise<Socket> {
  const socket = createConnection(server.port, '127.0.0.1')
  socket.pause()
  sockets.push(socket)
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(encodeRequest(request), 'latin1')
  return socket
}

/** Waits until a client with this last command is connected, or not. */
function clients(command: string) {
  return expect.poll(async () => (await admin.send('CLIENT', 'LIST')).includes(`cmd=${command} `))
}

test.each([
  ['subscribe', ['SUBSCRIBE', 'news'], ['PUBLISH', 'news']],
  ['monitor', ['MONITOR'], ['SET', 'key']],
])('a client that does not read its messages is closed: %s', async (command, begin, send) => {
  await connectSilent(...begin)
  await clients(command).toBe(true)
  const text = 'a'.repeat(MEGABYTE)
  // The limit is 32 MB; the sockets of the system hold some more.
  for (let n = 0; n < 60; n++) await admin.send(...send, text)
  await clients(command).toBe(false)
  expect(await admin.send('PUBSUB', 'NUMSUB', 'news')).toContain(':0\r\n')
})

test('a client that is beyond the soft limit for its time is closed', async () => {
  await admin.send('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 1gb 1mb 60')
  await connectSilent('SUBSCRIBE', 'news')
  await clients('subscribe').toBe(true)
  const text = 'a'.repeat(MEGABYTE)
  for (let n = 0; n < 20; n++) await admin.send('PUBLISH', 'news', text)
  server.advance(59_000)
  await admin.send('PUBLISH', 'news', text)
  await clients('subscribe').toBe(true)
  server.advance(2_000)
  await admin.send('PUBLISH', 'news', text)
  await clients('subscribe').toBe(false)
})

test('a client that does not read its replies is not served any more, until it reads', async () => {
  const text = 'a'.repeat(MEGABYTE)
  await admin.send('SET', 'large', text)
  const socket = await connectSilent('PING')
  for (let n = 0; n < 200; n++) socket.write(encodeRequest(['GET', 'large']), 'latin1')
  socket.write(encodeRequest(['INCR', 'done']), 'latin1')
  await clients('get').toBe(true)
  const unsent = async () => {
    const line = (await admin.send('CLIENT', 'LIST')).split('\n').find((one) => one.includes('cmd=get'))
    return Number(/omem=(\d+)/.exec(line ?? '')?.[1])
  }
  await expect.poll(unsent).toBeGreaterThan(10 * MEGABYTE)
  expect(await unsent()).toBeLessThan(20 * MEGABYTE)
  expect(await admin.send('EXISTS', 'done')).toBe(':0\r\n')
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.length
  })
  socket.resume()
  await expect.poll(() => admin.send('EXISTS', 'done'), { timeout: 30_000 }).toBe(':1\r\n')
  await expect.poll(() => received).toBeGreaterThan(200 * MEGABYTE)
})

test('a request that is never complete ends the connection', async () => {
  await admin.send('CONFIG', 'SET', 'client-query-buffer-limit', 2 * MEGABYTE)
  const client = await connectRaw(server.port)
  client.write(`*1000000\r\n${'$2\r\nab\r\n'.repeat(100_000)}`)
  await client.closed
  const other = await connectRaw(server.port)
  other.write(`*1\r\n$${10 * MEGABYTE}\r\n${'a'.repeat(3 * MEGABYTE)}`)
  await other.closed
  const queueing = await connectRaw(server.port)
  await queueing.send('MULTI')
  for (let n = 0; n < 3; n++) queueing.write(encodeRequest(['SET', 'key', 'a'.repeat(MEGABYTE)]))
  await queueing.closed
  await admin.send('CONFIG', 'SET', 'client-query-buffer-limit', 1024 * MEGABYTE)
})

test('what a blocked client sends is read as far as there is room', async () => {
  const socket = createConnection(server.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(encodeRequest(['BLPOP', 'list', '0']), 'latin1')
  const request = Buffer.from(encodeRequest(['SET', 'key', 'a'.repeat(MEGABYTE)]), 'latin1')
  for (let n = 0; n < 100; n++) socket.write(request)
  socket.write(encodeRequest(['SET', 'key', 'last']), 'latin1')
  const held = async () => {
    const line = (await admin.send('CLIENT', 'LIST')).split('\n').find((one) => one.includes('cmd=blpop'))
    return Number(/qbuf=(\d+)/.exec(line ?? '')?.[1])
  }
  await expect.poll(held).toBeGreaterThan(15 * MEGABYTE)
  expect(await held()).toBeLessThan(20 * MEGABYTE)
  await admin.send('RPUSH', 'list', 'a')
  await expect.poll(() => admin.send('GET', 'key')).toBe('$4\r\nlast\r\n')
})
