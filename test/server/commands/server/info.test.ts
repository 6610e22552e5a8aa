import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import type { RawClient } from '../../helpers/raw-client.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('INFO, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  async function info(client: RawClient, ...sections: string[]): Promise<Map<string, string>> {
    const text = readReply(await client.send('INFO', ...sections)) as string
    const lines = text.split('\r\n').filter((line) => line !== '')
    return new Map(lines.map((line) => line.split(/:(.*)/s) as [string, string]))
  }

  const headings = (fields: Map<string, string>) => [...fields.keys()].filter((name) => name.startsWith('#'))

  test.each([[[]], [['all']], [['everything']], [['server', 'KEYSPACE']], [['default']], [['elephant']]])(
    'INFO %j has the same sections',
    async (sections) => {
      const { ours, redis } = await both.connect()
      expect(headings(await info(ours, ...sections))).toEqual(headings(await info(redis, ...sections)))
    },
  )

  test('the fields of ours are fields of Redis', async () => {
    const { ours, redis } = await both.connect()
    const [mine, theirs] = [await info(ours), await info(redis)]
    expect([...mine.keys()].filter((name) => !theirs.has(name))).toEqual(['onetrip_server'])
    for (const name of ['redis_version', 'loading', 'maxmemory_policy', 'redis_mode', 'role'])
      expect(mine.get(name), name).toBe(theirs.get(name))
  })

  test('counts of keys, calls and errors', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'RESETSTAT')
    await client.send('MSET', 'a', 1, 'b', 2)
    await client.send('SET', 'c', 1, 'EX', 1_000)
    await client.send('GET', 'a')
    await client.send('GET', 'absent')
    await client.send('LPOP', 'a')
    await client.send('GET')
    await client.send('ELEPHANT')
    for (const one of [client.ours, client.redis]) {
      const all = await info(one, 'everything')
      expect(all.get('db0')).toMatch(/^keys=3,expires=1,avg_ttl=/)
      expect(all.get('keyspace_hits')).toBe('1')
      expect(all.get('keyspace_misses')).toBe('1')
      expect(all.get('cmdstat_get')).toMatch(
        /^calls=2,usec=\d+,usec_per_call=[\d.]+,rejected_calls=1,failed_calls=0$/,
      )
      expect(all.get('cmdstat_lpop')).toMatch(/rejected_calls=0,failed_calls=1$/)
      expect(all.get('cmdstat_config|resetstat')).toMatch(/^calls=1,/)
      expect(all.get('errorstat_ERR')).toBe('count=2')
      expect(all.get('errorstat_WRONGTYPE')).toBe('count=1')
      expect(all.get('latency_percentiles_usec_get')).toMatch(/^p50=[\d.]+,p99=[\d.]+,p99.9=[\d.]+$/)
    }
  })

  test('a command that answers an error has failed, however it is made', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'RESETSTAT')
    await client.send('HSET', 'h', 'a', 1, 'b')
    await client.send('LPOP', 'l', 1, 2)
    await client.send('EVAL', "return redis.error_reply('MINE of a script')", 0)
    for (const one of [client.ours, client.redis]) {
      const all = await info(one, 'everything')
      for (const name of ['hset', 'lpop', 'eval'])
        expect(all.get(`cmdstat_${name}`), name).toMatch(/^calls=1,.*rejected_calls=0,failed_calls=1$/)
      expect(all.get('errorstat_ERR')).toBe('count=2')
      expect(all.get('errorstat_MINE')).toBe('count=1')
    }
  })

  test('in RESP3 it is a verbatim string', async () => {
    const { ours } = await both.connect(3)
    expect(await ours.send('INFO', 'cluster')).toBe('=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n')
  })
})
