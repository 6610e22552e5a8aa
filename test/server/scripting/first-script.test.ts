import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw, type RawClient } from '../helpers/raw-client.ts'

/** The engine is loaded by the first script of a server: each test has a new one. */
async function connect(count: number): Promise<RawClient[]> {
  const server = await startServer()
  const clients = await Promise.all(Array.from({ length: count }, () => connectRaw(server.port)))
  onTestFinished(async () => {
    for (const client of clients) client.close()
    await server.close()
  })
  return clients
}

test('the first script waits for its engine, and so does what its client sends next', async () => {
  const [client] = (await connect(1)) as [RawClient]
  expect(
    await client.pipeline([
      ['SET', 'a', 1],
      ['EVAL', 'return redis.call("INCR", KEYS[1])', 1, 'a'],
      ['GET', 'a'],
      ['EVAL', 'return 5', 0],
    ]),
  ).toEqual(['+OK\r\n', ':2\r\n', '$1\r\n2\r\n', ':5\r\n'])
})

test('several clients may send the first scripts at the same time', async () => {
  const clients = await connect(3)
  const replies = clients.map((client, n) => client.send('EVAL', `return ${n}`, 0))
  expect(await Promise.all(replies)).toEqual([':0\r\n', ':1\r\n', ':2\r\n'])
})

test('in a transaction it is queued when the engine is there', async () => {
  const [client] = (await connect(1)) as [RawClient]
  expect(
    await client.pipeline([
      ['MULTI'],
      ['SET', 'a', 1],
      ['EVAL', 'return redis.call("GET", "a")', 0],
      ['EXEC'],
    ]),
  ).toEqual(['+OK\r\n', '+QUEUED\r\n', '+QUEUED\r\n', '*2\r\n+OK\r\n$1\r\n1\r\n'])
})
