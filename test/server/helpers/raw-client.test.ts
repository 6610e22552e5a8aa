import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { connectRaw } from './raw-client.ts'
import { RawReplies } from './raw-reply.ts'

const REPLIES = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':12\r\n',
  '$5\r\n\xff\r\n\x00a\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*2\r\n*1\r\n:1\r\n$1\r\na\r\n',
  '%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n:1\r\n:2\r\n',
  '~1\r\n,1.5\r\n',
  '>2\r\n+a\r\n_\r\n',
  '|1\r\n+a\r\n+b\r\n*1\r\n#t\r\n',
  '=7\r\ntxt:abc\r\n',
  '(12345678901234567890\r\n',
]

test('splits replies wherever the chunks end', () => {
  for (const size of [1, 2, 3, 1_000]) {
    const replies = new RawReplies()
    const found: string[] = []
    const all = REPLIES.join('')
    for (let at = 0; at < all.length; at += size) {
      replies.push(all.slice(at, at + size))
      for (let reply = replies.next(); reply !== undefined; reply = replies.next()) found.push(reply)
    }
    expect(found).toEqual(REPLIES)
    expect(replies.rest).toBe('')
  }
})

describeRedis('on a server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  test('returns the bytes of replies, those of a pipeline in their order, and pushes apart', async () => {
    const client = await connectRaw(server.port)
    expect(await client.send('SET', 'key\xff', '\r\n\x00')).toBe('+OK\r\n')
    expect(
      await client.pipeline([
        ['GET', 'key\xff'],
        ['GET', 'absent'],
        ['NO', 1],
      ]),
    ).toEqual([
      '$3\r\n\r\n\x00\r\n',
      '$-1\r\n',
      "-ERR unknown command 'NO', with args beginning with: '1' \r\n",
    ])
    expect(await client.send('HELLO', 3)).toMatch(/^%7\r\n/)
    client.write('SUBSCRIBE channel\r\nPING\r\n')
    expect(await client.reply()).toBe('+PONG\r\n')
    expect(await client.push()).toBe('>3\r\n$9\r\nsubscribe\r\n$7\r\nchannel\r\n:1\r\n')
    client.write('QUIT\r\n')
    await client.closed
    expect(client.takeUnread()).toEqual(['+OK\r\n'])
    await expect(client.reply()).rejects.toThrow('the connection is closed')
  })
})
