import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw } from '../helpers/raw-client.ts'

async function start() {
  const server = await startServer()
  onTestFinished(() => server.close())
  const client = await connectRaw(server.port)
  onTestFinished(() => client.close())
  return { server, client }
}

/** DBSIZE counts keys past their expiry that were not removed. */
const SIZE = 'DBSIZE'

test('a key is removed at its time, and not before', async () => {
  const { server, client } = await start()
  await client.send('SET', 'key', 'value', 'PX', 10_000_000)
  await client.send('SET', 'other', 'value')
  server.advance(9_000_000)
  expect(await client.send(SIZE)).toBe(':2\r\n')
  server.advance(1_000_000)
  expect(await client.send(SIZE)).toBe(':1\r\n')
})

test('the last expiry of a key counts', async () => {
  const { server, client } = await start()
  await client.send('SET', 'later', 'x', 'EX', 1_000)
  await client.send('EXPIRE', 'later', 9_000)
  await client.send('SET', 'sooner', 'x', 'EX', 9_000)
  await client.send('EXPIRE', 'sooner', 1_000)
  await client.send('SET', 'kept', 'x', 'EX', 1_000)
  await client.send('PERSIST', 'kept')
  await client.send('SET', 'deleted', 'x', 'EX', 1_000)
  await client.send('DEL', 'deleted')
  await client.send('SET', 'deleted', 'again')
  server.advance(1_000_000)
  expect(await client.send('EXISTS', 'later', 'sooner', 'kept', 'deleted')).toBe(':3\r\n')
  expect(await client.send(SIZE)).toBe(':3\r\n')
  server.advance(8_000_000)
  expect(await client.send(SIZE)).toBe(':2\r\n')
})

test('keys expire in the order of their times', async () => {
  const { server, client } = await start()
  const times = [500, 100, 900, 300, 700, 200, 800, 400, 600, 1_000]
  for (const seconds of times) await client.send('SET', `key:${seconds}`, 'x', 'EX', seconds)
  for (let left = 9; left >= 0; left--) {
    server.advance(100_000)
    expect(await client.send(SIZE)).toBe(`:${left}\r\n`)
  }
})

test('a key that is written again and again takes no more room in the queue', async () => {
  const { server, client } = await start()
  for (let n = 0; n < 5_000; n++) client.write(`PEXPIRE key ${1_000_000 + n}\r\nSET key x PX 1000000\r\n`)
  for (let n = 0; n < 10_000; n++) await client.reply()
  await client.send('EXPIRE', 'key', 5_000)
  server.advance(4_000_000)
  expect(await client.send(SIZE)).toBe(':1\r\n')
  server.advance(1_000_000)
  expect(await client.send(SIZE)).toBe(':0\r\n')
})

test('more keys than are removed at once are removed nevertheless', async () => {
  const { server, client } = await start()
  const requests = Array.from({ length: 25_000 }, (_, n) => `SET key:${n} x PX 1000000\r\n`)
  client.write(requests.join(''))
  for (let n = 0; n < requests.length; n++) await client.reply()
  server.advance(1_100_000)
  expect(await client.send(SIZE)).toBe(':0\r\n')
})

test('keys of renamed, moved and exchanged databases expire', async () => {
  const { server, client } = await start()
  for (const key of ['renamed', 'moved', 'copied', 'swapped']) await client.send('SET', key, 'x', 'EX', 1_000)
  await client.send('RENAME', 'renamed', 'new')
  await client.send('MOVE', 'moved', 1)
  await client.send('COPY', 'copied', 'copy')
  await client.send('SWAPDB', 0, 2)
  server.advance(1_000_000)
  for (const index of [0, 1, 2]) {
    await client.send('SELECT', index)
    expect(await client.send(SIZE)).toBe(':0\r\n')
  }
})

test('without time that is turned keys are removed as well', async () => {
  const { client } = await start()
  await client.send('SET', 'key', 'x', 'PX', 1)
  await expect.poll(() => client.send(SIZE)).toBe(':0\r\n')
})

test('an expiry further away than timers reach does no harm', async () => {
  const { server, client } = await start()
  await client.send('SET', 'key', 'x', 'EX', 4_000_000_000)
  await client.send('SET', 'farthest', 'x', 'PXAT', '9007199254740991')
  server.advance(1_000)
  expect(await client.send(SIZE)).toBe(':2\r\n')
  server.advance(4_000_000_000_000)
  expect(await client.send(SIZE)).toBe(':1\r\n')
})
