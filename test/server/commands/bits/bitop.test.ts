import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

describeRedis('BITOP', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([
    ['AND a b', '\x01\x00\xf0\x00'],
    ['or a b', '\xff\xff\xf0\xaa'],
    ['XOR a b', '\xfe\xff\x00\xaa'],
    ['NOT a', '\xfe\x00\x0f\x55'],
    ['AND a b absent', '\0\0\0\0'],
    ['OR absent b', '\xff\x00\xf0'],
    ['XOR a a', '\0\0\0\0'],
    ['AND a', '\x01\xff\xf0\xaa'],
  ])('%s', async (request, expected) => {
    const client = await both.connect()
    await client.send('MSET', 'a', '\x01\xff\xf0\xaa', 'b', '\xff\x00\xf0', 'target', 'before')
    const [operation = '', ...keys] = request.split(' ')
    expect(await client.send('BITOP', operation, 'target', ...keys)).toBe(`:${expected.length}\r\n`)
    expect(await client.send('GET', 'target')).toBe(`$${expected.length}\r\n${expected}\r\n`)
  })

  test('combines long strings, and may store in one of its sources', async () => {
    const client = await both.connect()
    await client.send('MSET', 'a', 'ab'.repeat(500), 'b', 'c'.repeat(999), 'c', 'd'.repeat(31))
    for (const operation of ['AND', 'OR', 'XOR']) {
      expect(await client.send('BITOP', operation, 'b', 'a', 'b', 'c')).toBe(':1000\r\n')
      await client.send('GET', 'b')
    }
  })

  test('deletes the target where nothing is left', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'target', 'item')
    await client.send('SET', 'empty', '')
    const events = await both.eventsOf(async () => {
      expect(await client.send('BITOP', 'AND', 'target', 'absent', 'empty')).toBe(':0\r\n')
      expect(await client.send('BITOP', 'NOT', 'target', 'absent')).toBe(':0\r\n')
    })
    expect(events).toEqual(['del target'])
    expect(await client.send('EXISTS', 'target')).toBe(':0\r\n')
  })

  test('replaces the target and its expiry', async () => {
    const client = await both.connect()
    await client.send('SET', 'source', 'a')
    await client.send('SET', 'target', 'b', 'PXAT', '33177117420000')
    const events = await both.eventsOf(() => client.send('BITOP', 'OR', 'target', 'source'))
    expect(events).toEqual(['set target'])
    expect(await client.send('PEXPIRETIME', 'target')).toBe(':-1\r\n')
  })

  test('refuses wrong operations and other types', async () => {
    const client = await both.connect()
    await client.send('RPUSH', 'list', 'item')
    expect(await client.send('BITOP', 'NAND', 'target', 'a')).toBe('-ERR syntax error\r\n')
    expect(await client.send('BITOP', 'NOT', 'target', 'a', 'b')).toBe(
      '-ERR BITOP NOT must be called with a single source key.\r\n',
    )
    expect(await client.send('BITOP', 'OR', 'target', 'a', 'list')).toBe(WRONG_TYPE)
  })
})
