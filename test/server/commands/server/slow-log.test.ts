import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import type { RawClient } from '../../helpers/raw-client.ts'
import { type ReplyValue, readReply } from '../../helpers/read-reply.ts'

describeRedis('SLOWLOG, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  beforeEach(async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', -1, 'slowlog-max-len', 128)
    await client.send('SLOWLOG', 'RESET')
  })
  afterAll(() => both.stop())

  /** The arguments of the requests that are kept. */
  async function kept(client: RawClient, ...count: number[]): Promise<ReplyValue[]> {
    const entries = readReply(await client.send('SLOWLOG', 'GET', ...count)) as ReplyValue[][]
    return entries.map((entry) => entry[3] as ReplyValue)
  }

  test('keeps requests that take long, newest first', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', 0)
    await client.send('SET', 'a', 'b')
    await client.send('PING')
    await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', -1)
    await client.send('GET', 'a')
    const [mine, theirs] = await Promise.all([kept(client.ours), kept(client.redis)])
    expect(mine).toEqual(theirs)
    expect(mine).toContainEqual(['PING'])
    expect(await kept(client.ours, 1)).toHaveLength(1)
    expect(await kept(client.ours, -1)).toHaveLength(mine.length)
  })

  test('an entry has its id, time, duration, arguments, address and name', async () => {
    const { ours } = await both.connect()
    await ours.send('CONFIG', 'SET', 'slowlog-log-slower-than', 0)
    await ours.send('SET', 'a', 'b')
    await ours.send('CONFIG', 'SET', 'slowlog-log-slower-than', -1)
    const [entry] = readReply(await ours.send('SLOWLOG', 'GET', 1)) as ReplyValue[][]
    expect(entry).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
      ['SET', 'a', 'b'],
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      '',
    ])
  })

  test('long arguments are cut, and so are many', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', 0)
    await client.send('SET', 'a', 'x'.repeat(1_000))
    await client.send('MGET', ...Array.from({ length: 100 }, (_, n) => n))
    await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', -1)
    const [mine, theirs] = await Promise.all([kept(client.ours), kept(client.redis)])
    expect(mine).toEqual(theirs)
    expect(JSON.stringify(mine)).toContain('... (872 more bytes)')
    expect(JSON.stringify(mine)).toContain('... (70 more arguments)')
  })

  test('at most slowlog-max-len requests are kept', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 3)
    for (let n = 0; n < 10; n++) await client.send('PING')
    expect(await client.send('SLOWLOG', 'LEN')).toBe(':3\r\n')
  })

  test('passwords are not kept', async () => {
    const { ours } = await both.connect()
    await ours.send('CONFIG', 'SET', 'slowlog-log-slower-than', 0)
    await ours.send('AUTH', 'secret')
    await ours.send('HELLO', 2, 'AUTH', 'default', 'secret')
    await ours.send('CONFIG', 'SET', 'requirepass', 'secret')
    await ours.send('CONFIG', 'SET', 'requirepass', '')
    expect(await ours.send('SLOWLOG', 'GET')).not.toContain('secret')
  })

  test.each([
    [['GET', 'x']],
    [['GET', '-2']],
    [['GET', '1', '2']],
    [['ELEPHANT']],
    [['LEN', 'x']],
    [['HELP']],
  ])('SLOWLOG %j', async (args) => {
    const client = await both.connect()
    await client.send('SLOWLOG', ...args)
  })
})
