import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'
import { readReply } from '../../helpers/read-reply.ts'

describeRedis('LCS', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('answers the subsequence, its length, or its parts', async () => {
    const client = await both.connect()
    await client.send('MSET', 'a', 'ohmytext', 'b', 'mynewtext')
    expect(await client.send('LCS', 'a', 'b')).toBe('$6\r\nmytext\r\n')
    expect(await client.send('LCS', 'a', 'b', 'len')).toBe(':6\r\n')
    const parts = async (...options: string[]) =>
      readReply(await client.send('LCS', 'a', 'b', 'IDX', ...options))
    const [text, my] = [
      [
        [4, 7],
        [5, 8],
      ],
      [
        [2, 3],
        [0, 1],
      ],
    ]
    expect(await parts()).toEqual(['matches', [text, my], 'len', 6])
    expect(await parts('MINMATCHLEN', '4')).toEqual(['matches', [text], 'len', 6])
    expect(await parts('WITHMATCHLEN')).toEqual([
      'matches',
      [
        [...(text ?? []), 4],
        [...(my ?? []), 2],
      ],
      'len',
      6,
    ])
    expect(await parts('MINMATCHLEN', '-4')).toEqual(['matches', [text, my], 'len', 6])
  })

  test('answers a map in RESP3', async () => {
    const client = await both.connect(3)
    expect(await client.send('LCS', 'a', 'b', 'IDX')).toBe('%2\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:0\r\n')
  })

  test('finds the same parts as Redis', async () => {
    const client = await both.connect()
    const next = random(1)
    const word = () => Array.from({ length: next(20) }, () => 'abc'[next(3)]).join('')
    for (let n = 0; n < 100; n++) {
      await client.send('MSET', 'a', word(), 'b', word())
      const all = await client.send('LCS', 'a', 'b')
      const length = readReply(await client.send('LCS', 'a', 'b', 'LEN'))
      expect(length).toBe((readReply(all) as string).length)
      await client.send('LCS', 'a', 'b', 'IDX', 'WITHMATCHLEN', 'MINMATCHLEN', next(3))
    }
  })

  test('refuses what it cannot do', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    await client.send('MSET', 'a', '1', 'large', 'x'.repeat(12_000))
    for (const [request, error] of [
      ['a list', 'The specified keys must contain string values'],
      ['list a WITHOUT', 'The specified keys must contain string values'],
      ['a a WITHOUT', 'syntax error'],
      ['a a MINMATCHLEN', 'syntax error'],
      ['a a MINMATCHLEN one', 'value is not an integer or out of range'],
      ['a a LEN IDX', 'If you want both the length and indexes, please just use IDX.'],
      ['large large', 'Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len'],
    ] as const)
      expect(await client.send('LCS', ...request.split(' '))).toBe(`-ERR ${error}\r\n`)
  })
})
