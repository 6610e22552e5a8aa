import { type RedisServer, startServer } from 'onetrip/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectRaw, type RawClient } from '../../helpers/raw-client.ts'
import { readReply } from '../../helpers/read-reply.ts'

let server: RedisServer
let client: RawClient
beforeEach(async () => {
  server = await startServer()
  client = await connectRaw(server.port)
})
afterEach(() => server.close())

const DAY = 86_400_000

test('ids follow the clock of the server', async () => {
  const add = async () =>
    Number((readReply(await client.send('XADD', 's', '*', 'a', 'b')) as string).split('-')[0])
  const before = await add()
  server.advance(DAY)
  const after = await add()
  expect(after - before).toBeGreaterThanOrEqual(DAY)
  expect(after - before).toBeLessThan(2 * DAY)
})

test('pending entries become idle by it', async () => {
  await client.send('XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM')
  await client.send('XADD', 's', '1-1', 'a', 'b')
  await client.send('XREADGROUP', 'GROUP', 'g', 'one', 'STREAMS', 's', '>')
  expect(readReply(await client.send('XAUTOCLAIM', 's', 'g', 'two', DAY, '-'))).toEqual(['0-0', [], []])
  server.advance(DAY)
  expect(readReply(await client.send('XAUTOCLAIM', 's', 'g', 'two', DAY, '-', 'JUSTID'))).toEqual([
    '0-0',
    ['1-1'],
    [],
  ])
})

test('a wait ends by it', async () => {
  const reply = client.send('XREAD', 'BLOCK', DAY, 'STREAMS', 's', '$')
  const other = await connectRaw(server.port)
  await expect.poll(() => other.send('INFO', 'clients')).toContain('blocked_clients:1\r\n')
  server.advance(DAY / 2)
  expect(await other.send('INFO', 'clients')).toContain('blocked_clients:1\r\n')
  server.advance(DAY)
  expect(await reply).toBe('*-1\r\n')
})
