import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('pub/sub, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('messages go to those that are subscribed, and PUBLISH tells how many', async () => {
    const subscriber = await both.connect()
    const client = await both.connect()
    expect(readReply(await subscriber.send('SUBSCRIBE', 'news'))).toEqual(['subscribe', 'news', 1])
    expect(readReply(await subscriber.send('PSUBSCRIBE', 'n*'))).toEqual(['psubscribe', 'n*', 2])
    expect(await client.send('PUBLISH', 'news', 'a\r\n\xff')).toBe(':2\r\n')
    expect(readReply(await subscriber.reply())).toEqual(['message', 'news', 'a\r\n\xff'])
    expect(readReply(await subscriber.reply())).toEqual(['pmessage', 'n*', 'news', 'a\r\n\xff'])
    expect(await client.send('PUBLISH', 'other', 'a')).toBe(':0\r\n')
  })

  test('each name is answered, those that are repeated too', async () => {
    const client = await both.connect()
    client.write('SUBSCRIBE', 'a', 'b', 'a')
    const replies = [await client.reply(), await client.reply(), await client.reply()]
    expect(replies.map((reply) => (readReply(reply) as unknown[])[2])).toEqual([1, 2, 2])
    client.write('UNSUBSCRIBE', 'a', 'absent')
    expect(readReply(await client.reply())).toEqual(['unsubscribe', 'a', 1])
    expect(readReply(await client.reply())).toEqual(['unsubscribe', 'absent', 1])
    expect(readReply(await client.send('UNSUBSCRIBE'))).toEqual(['unsubscribe', 'b', 0])
    expect(readReply(await client.send('UNSUBSCRIBE'))).toEqual(['unsubscribe', null, 0])
    expect(readReply(await client.send('PUNSUBSCRIBE'))).toEqual(['punsubscribe', null, 0])
    expect(readReply(await client.send('SUNSUBSCRIBE'))).toEqual(['sunsubscribe', null, 0])
  })

  test('shard channels are apart from channels', async () => {
    const subscriber = await both.connect()
    const client = await both.connect()
    expect(readReply(await subscriber.send('SSUBSCRIBE', 'news'))).toEqual(['ssubscribe', 'news', 1])
    expect(readReply(await subscriber.send('SUBSCRIBE', 'news'))).toEqual(['subscribe', 'news', 1])
    expect(await client.send('SPUBLISH', 'news', 'a')).toBe(':1\r\n')
    expect(readReply(await subscriber.reply())).toEqual(['smessage', 'news', 'a'])
    expect(await client.send('PUBLISH', 'news', 'b')).toBe(':1\r\n')
    expect(readReply(await subscriber.reply())).toEqual(['message', 'news', 'b'])
  })

  test('in RESP2 a subscribed client may only change its subscriptions, PING, RESET and QUIT', async () => {
    const client = await both.connect()
    await client.send('SUBSCRIBE', 'news')
    expect(await client.send('GET', 'key')).toBe(
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET" +
        ' are allowed in this context\r\n',
    )
    expect(await client.send('CLIENT', 'ID')).toMatch(/^-ERR Can't execute 'client\|id'/)
    expect(await client.send('PING')).toBe('*2\r\n$4\r\npong\r\n$0\r\n\r\n')
    expect(await client.send('PING', 'a')).toBe('*2\r\n$4\r\npong\r\n$1\r\na\r\n')
    await client.send('UNSUBSCRIBE')
    expect(await client.send('PING')).toBe('+PONG\r\n')
    await client.send('SUBSCRIBE', 'news')
    expect(await client.send('RESET')).toBe('+RESET\r\n')
    expect(await client.send('GET', 'key')).toBe('$-1\r\n')
  })

  test('in RESP3 messages are pushes, and all commands are allowed', async () => {
    const client = await both.connect(3)
    client.write('SUBSCRIBE', 'news')
    expect(await client.push()).toBe('>3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n')
    expect(await client.send('PUBLISH', 'news', 'a')).toBe(':1\r\n')
    expect(await client.push()).toBe('>3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\na\r\n')
    expect(await client.send('PING')).toBe('+PONG\r\n')
    client.write('UNSUBSCRIBE')
    client.write('PUNSUBSCRIBE')
    expect(await client.push()).toBe('>3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:0\r\n')
    expect(await client.push()).toBe('>3\r\n$12\r\npunsubscribe\r\n_\r\n:0\r\n')
  })

  test('PUBSUB tells which channels have subscribers, and how many', async () => {
    const first = await both.connect()
    const second = await both.connect()
    const client = await both.connect()
    await first.send('SUBSCRIBE', 'news')
    await second.send('SUBSCRIBE', 'news')
    await second.send('PSUBSCRIBE', 'n*')
    await second.send('SSUBSCRIBE', 'shard')
    expect(await client.send('PUBSUB', 'CHANNELS')).toBe('*1\r\n$4\r\nnews\r\n')
    expect(await client.send('PUBSUB', 'CHANNELS', 'x*')).toBe('*0\r\n')
    expect(readReply(await client.send('PUBSUB', 'NUMSUB', 'news', 'shard'))).toEqual(['news', 2, 'shard', 0])
    expect(await client.send('PUBSUB', 'NUMPAT')).toBe(':1\r\n')
    expect(await client.send('PUBSUB', 'SHARDCHANNELS')).toBe('*1\r\n$5\r\nshard\r\n')
    expect(readReply(await client.send('PUBSUB', 'SHARDNUMSUB', 'shard'))).toEqual(['shard', 1])
    expect(await client.send('PUBSUB', 'CHANNELS', 'a', 'b')).toBe(
      "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.\r\n",
    )
    await client.send('PUBSUB', 'HELP')
    second.ours.close()
    second.redis.close()
    await expect.poll(() => client.ours.send('PUBSUB', 'NUMPAT')).toBe(':0\r\n')
    await expect.poll(() => client.redis.send('PUBSUB', 'NUMPAT')).toBe(':0\r\n')
    expect(readReply(await client.send('PUBSUB', 'NUMSUB', 'news'))).toEqual(['news', 1])
    expect(await client.send('PUBSUB', 'SHARDCHANNELS')).toBe('*0\r\n')
  })
})
