import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../helpers/both-servers.ts'

describeRedis('protocol errors, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*2147483648\r\n', 'invalid multibulk length'],
    ['*1\r\nfoo\r\n', "expected '$', got 'f'"],
    ['*1\r\n\r\n', "expected '$', got ' '"],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$600000000000\r\n', 'invalid bulk length'],
    ['*1\r\n$\r\n', 'invalid bulk length'],
    ['SET "a\r\n', 'unbalanced quotes in request'],
    ['SET "a"b\r\n', 'unbalanced quotes in request'],
    [`${'a'.repeat(70_000)}`, 'too big inline request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(70_000)}`, 'too big bulk count string'],
  ])('%.20j is answered, and ends the connection', async (request, message) => {
    const client = await both.connect()
    await client.send('PING')
    client.ours.write(`PING\r\n${request}`)
    client.redis.write(`PING\r\n${request}`)
    expect(await client.reply()).toBe('+PONG\r\n')
    const [ours] = await Promise.all([client.ours.reply(), client.redis.reply().catch(() => {})])
    expect(ours.replace('\x00', ' ').replace(/got '\s+'/, "got ' '")).toBe(
      `-ERR Protocol error: ${message}\r\n`,
    )
    await client.closed
  })

  test('empty requests are skipped', async () => {
    const client = await both.connect()
    const bytes = '\r\n\n*0\r\n*-1\r\n*-10\r\n   \r\nPING\r\n'
    client.ours.write(bytes)
    client.redis.write(bytes)
    expect(await client.reply()).toBe('+PONG\r\n')
  })

  test('inline requests have quotes and escapes', async () => {
    const client = await both.connect()
    const bytes = `SET key "\\x00\\n\\"'" \nGET key\r\nSET "a b" 'it\\'s'\r\nGET 'a b'\r\n`
    client.ours.write(bytes)
    client.redis.write(bytes)
    expect([await client.reply(), await client.reply()]).toEqual(['+OK\r\n', '$4\r\n\x00\n"\'\r\n'])
    expect([await client.reply(), await client.reply()]).toEqual(['+OK\r\n', "$4\r\nit's\r\n"])
  })

  test('a request may end at any byte of a chunk', async () => {
    const client = await both.connect()
    const bytes = '*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$12\r\n\r\n*1\r\n$4\r\n\xff\x00\r\nGET key\r\n'
    for (const byte of bytes) {
      client.ours.write(byte)
      client.redis.write(byte)
      await new Promise(setImmediate)
    }
    expect([await client.reply(), await client.reply()]).toEqual([
      '+OK\r\n',
      '$12\r\n\r\n*1\r\n$4\r\n\xff\x00\r\n',
    ])
  })
})
