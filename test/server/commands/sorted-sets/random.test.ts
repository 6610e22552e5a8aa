import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

const MEMBERS = Array.from({ length: 300 }, (_, n) => `m${n}`)

describeRedis('ZRANDMEMBER and ZSCAN', () => {
  let both: BothServers
  let client: BothClients

  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())
  beforeEach(async () => {
    await both.reset()
    client = await both.connect()
    await client.send('ZADD', 'small', 3, 'c', 1, 'a', 2.5, 'b')
    await client.send('ZADD', 'large', ...MEMBERS.flatMap((member, n) => [n, member]))
  })

  test('ZRANDMEMBER returns the whole set for a count that is large enough', async () => {
    for (const count of [3, 4, '9223372036854775807'])
      expect(readReply(await client.send('ZRANDMEMBER', 'small', count))).toEqual(['c', 'b', 'a'])
    expect(readReply(await client.send('ZRANDMEMBER', 'small', 3, 'WITHSCORES'))).toEqual([
      'c',
      '3',
      'b',
      '2.5',
      'a',
      '1',
    ])
    expect(await client.sendUnordered('ZRANDMEMBER', 'large', 300)).toEqual(MEMBERS.toSorted())
  })

  test('ZRANDMEMBER returns different members, with a negative count some more than once', async () => {
    for (const count of [1, 2, 50, 150, 299]) {
      const members = readReply(await client.ours.send('ZRANDMEMBER', 'large', count)) as string[]
      expect(members).toHaveLength(count)
      expect(new Set(members).size).toBe(count)
      expect(MEMBERS).toEqual(expect.arrayContaining(members))
    }
    const repeated = readReply(await client.ours.send('ZRANDMEMBER', 'small', -100)) as string[]
    expect(repeated).toHaveLength(100)
    expect([...new Set(repeated)].toSorted()).toEqual(['a', 'b', 'c'])
    const one = readReply(await client.ours.send('ZRANDMEMBER', 'small'))
    expect(['a', 'b', 'c']).toContain(one)
  })

  test('ZRANDMEMBER finds each member', async () => {
    const seen = new Set<string>()
    await expect
      .poll(async () => {
        for (const member of readReply(await client.ours.send('ZRANDMEMBER', 'large', 100)) as string[])
          seen.add(member)
        return seen.size
      })
      .toBe(300)
  })

  test('ZRANDMEMBER of nothing, and with arguments that are wrong', async () => {
    expect(await client.send('ZRANDMEMBER', 'none')).toBe('$-1\r\n')
    expect(await client.send('ZRANDMEMBER', 'none', 1)).toBe('*0\r\n')
    expect(await client.send('ZRANDMEMBER', 'small', 0)).toBe('*0\r\n')
    for (const args of [
      ['x'],
      [1, 'SCORES'],
      [1, 'WITHSCORES', 'x'],
      ['-9223372036854775808'],
      ['9223372036854775808'],
      ['-9223372036854775807', 'WITHSCORES'],
    ])
      expect(await client.send('ZRANDMEMBER', 'small', ...args)).toMatch(/^-ERR /)
    // Redis would answer until its memory is full.
    expect(await client.ours.send('ZRANDMEMBER', 'small', '-9223372036854775807')).toBe(
      '-ERR value is out of range\r\n',
    )
  })

  test('ZRANDMEMBER answers pairs in RESP3', async () => {
    client = await both.connect(3)
    expect(await client.send('ZRANDMEMBER', 'small', 1000, 'WITHSCORES')).toBe(
      '*3\r\n*2\r\n$1\r\nc\r\n,3\r\n*2\r\n$1\r\nb\r\n,2.5\r\n*2\r\n$1\r\na\r\n,1\r\n',
    )
  })

  test('ZSCAN returns a small set at once and in order', async () => {
    expect(readReply(await client.send('ZSCAN', 'small', 0, 'COUNT', 1))).toEqual([
      '0',
      ['a', '1', 'b', '2.5', 'c', '3'],
    ])
    expect(readReply(await client.send('ZSCAN', 'small', 0, 'MATCH', '[ac]'))).toEqual([
      '0',
      ['a', '1', 'c', '3'],
    ])
    expect(readReply(await client.send('ZSCAN', 'none', 0))).toEqual(['0', []])
    expect(await client.send('ZSCAN', 'small', 'x')).toBe('-ERR invalid cursor\r\n')
    expect(await client.send('ZSCAN', 'small', 0, 'COUNT', 0)).toBe('-ERR syntax error\r\n')
    expect(await client.send('ZSCAN', 'small', 0, 'TYPE', 'zset')).toBe('-ERR syntax error\r\n')
  })

  test('ZSCAN returns large integers of a small set with all their digits, as Redis does', async () => {
    await client.send('ZADD', 'small', '1e17', 'd', '4611686018427387904', 'e', '1e19', 'f')
    await client.send('ZSCAN', 'small', 0)
  })

  test('ZSCAN returns each member of a large set that stays', async () => {
    const seen = new Map<string, string>()
    let cursor = '0'
    do {
      const [next, items] = readReply(await client.ours.send('ZSCAN', 'large', cursor)) as [string, string[]]
      for (let n = 0; n < items.length; n += 2) seen.set(items[n] as string, items[n + 1] as string)
      cursor = next
      await client.ours.send('ZADD', 'large', 1, `added${cursor}`)
      await client.ours.send('ZREM', 'large', `m${seen.size % 100}`)
    } while (cursor !== '0')
    for (let n = 100; n < 300; n++) expect(seen.get(`m${n}`)).toBe(String(n))
  })
})
