import { Redis } from 'ioredis'
import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { describeIoredis } from './ioredis-suite.ts'

describeIoredis('ioredis 6', Redis)
describeIoredis('ioredis 6 with RESP2', Redis, { protocol: 2 })

test('ioredis 6 maps the types of RESP3', async () => {
  const server = await startServer()
  onTestFinished(() => server.close())
  const redis = new Redis(server.url, { protocol: 3, replyMapping: 'resp3' })
  onTestFinished(() => redis.disconnect())
  await redis.hset('hash', { a: 1, b: 2 })
  expect({ ...((await redis.call('HGETALL', 'hash')) as object) }).toEqual({ a: '1', b: '2' })
  await redis.zadd('zset', 1.5, 'one', 'inf', 'last')
  expect(await redis.call('ZSCORE', 'zset', 'one')).toBe(1.5)
  expect(await redis.call('ZRANGE', 'zset', 0, -1, 'WITHSCORES')).toEqual([
    ['one', 1.5],
    ['last', Number.POSITIVE_INFINITY],
  ])
  expect(await redis.call('XINFO', 'STREAM', 'absent').catch(String)).toContain('ERR no such key')
  expect(await redis.get('absent')).toBeNull()
})
