import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw } from '../../helpers/raw-client.ts'

test.each([
  { request: ['BZPOPMIN', 'z', '100.5'], version: 2, reply: '*-1\r\n' },
  { request: ['BZPOPMAX', 'y', 'z', '100.5'], version: 3, reply: '_\r\n' },
  { request: ['BZMPOP', '100.5', '1', 'z', 'MIN'], version: 2, reply: '*-1\r\n' },
])('$request answers nil after its timeout', async ({ request, version, reply }) => {
  const server = await startServer()
  onTestFinished(() => server.close())
  const waiting = await connectRaw(server.port)
  const other = await connectRaw(server.port)
  if (version === 3) await waiting.send('HELLO', 3)
  const answer = waiting.send(...request)
  await expect.poll(() => other.send('INFO', 'clients')).toContain('blocked_clients:1\r\n')
  server.advance(50_000)
  expect(await other.send('INFO', 'clients')).toContain('blocked_clients:1\r\n')
  server.advance(50_500)
  expect(await answer).toBe(reply)
  // It waits no more: what is added stays.
  await other.send('ZADD', 'z', 1, 'a')
  expect(await other.send('ZCARD', 'z')).toBe(':1\r\n')
  expect(await waiting.send('PING')).toBe('+PONG\r\n')
})

test('a client that has gone is not served', async () => {
  const server = await startServer()
  onTestFinished(() => server.close())
  const gone = await connectRaw(server.port)
  const other = await connectRaw(server.port)
  gone.write('*3\r\n$8\r\nBZPOPMIN\r\n$1\r\nz\r\n$1\r\n0\r\n')
  await expect.poll(() => other.send('INFO', 'clients')).toContain('blocked_clients:1\r\n')
  gone.close()
  await expect.poll(() => other.send('INFO', 'clients')).toContain('blocked_clients:0\r\n')
  await other.send('ZADD', 'z', 1, 'a')
  expect(await other.send('ZCARD', 'z')).toBe(':1\r\n')
})
