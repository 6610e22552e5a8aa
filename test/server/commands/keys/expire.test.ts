import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { readReply } from '../../helpers/read-reply.ts'

const FAR = 4_000_000_000

describeRedis('expiry, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('EXPIREAT and PEXPIREAT set a time, EXPIRETIME and PEXPIRETIME return it', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    expect(await client.send('EXPIREAT', 'key', FAR)).toBe(':1\r\n')
    expect(await client.send('PEXPIRETIME', 'key')).toBe(`:${FAR * 1_000}\r\n`)
    expect(await client.send('PEXPIREAT', 'key', FAR * 1_000 + 499)).toBe(':1\r\n')
    expect(await client.send('EXPIRETIME', 'key')).toBe(`:${FAR}\r\n`)
    await client.send('PEXPIREAT', 'key', FAR * 1_000 + 500)
    expect(await client.send('EXPIRETIME', 'key')).toBe(`:${FAR + 1}\r\n`)
  })

  test('EXPIRE and PEXPIRE set a time from now, TTL and PTTL return it', async () => {
    const client = await both.connect()
    await client.send('MSET', 'a', 1, 'b', 2)
    expect(await client.send('EXPIRE', 'a', 100_000)).toBe(':1\r\n')
    expect(await client.send('PEXPIRE', 'b', 100_000_000)).toBe(':1\r\n')
    for (const key of ['a', 'b']) {
      const ms = readReply(await client.ours.send('PTTL', key)) as number
      const seconds = readReply(await client.ours.send('TTL', key)) as number
      expect(ms).toBeLessThanOrEqual(100_000_000)
      expect(ms).toBeGreaterThan(99_000_000)
      expect(seconds).toBeLessThanOrEqual(100_000)
      expect(seconds).toBeGreaterThan(99_000)
    }
  })

  test('keys without an expiry, and those that are absent', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    for (const command of ['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']) {
      expect(await client.send(command, 'key')).toBe(':-1\r\n')
      expect(await client.send(command, 'absent')).toBe(':-2\r\n')
    }
    expect(await client.send('EXPIRE', 'absent', 10)).toBe(':0\r\n')
    expect(await client.send('PERSIST', 'absent')).toBe(':0\r\n')
    expect(await client.send('PERSIST', 'key')).toBe(':0\r\n')
    await client.send('EXPIREAT', 'key', FAR)
    expect(await client.send('PERSIST', 'key')).toBe(':1\r\n')
    expect(await client.send('TTL', 'key')).toBe(':-1\r\n')
  })

  test('a time that is past deletes the key', async () => {
    const client = await both.connect()
    for (const [command, time] of [
      ['EXPIRE', 0],
      ['EXPIRE', -1],
      ['PEXPIRE', -100],
      ['EXPIREAT', 1],
      ['PEXPIREAT', 0],
      ['PEXPIREAT', -5],
      ['EXPIRE', '-9223372036854775'],
    ] as const) {
      await client.send('SET', 'key', 1)
      expect(await client.send(command, 'key', time)).toBe(':1\r\n')
      expect(await client.send('EXISTS', 'key')).toBe(':0\r\n')
    }
  })

  test('NX, XX, GT and LT set it depending on the one that is there', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    const expire = (time: number, ...options: string[]) => client.send('EXPIREAT', 'key', time, ...options)
    expect(await expire(FAR, 'XX')).toBe(':0\r\n')
    expect(await expire(FAR, 'GT')).toBe(':0\r\n')
    expect(await expire(FAR, 'NX')).toBe(':1\r\n')
    expect(await expire(FAR, 'nx')).toBe(':0\r\n')
    expect(await expire(FAR, 'GT')).toBe(':0\r\n')
    expect(await expire(FAR + 1, 'GT', 'XX')).toBe(':1\r\n')
    expect(await expire(FAR + 1, 'LT')).toBe(':0\r\n')
    expect(await expire(FAR, 'LT')).toBe(':1\r\n')
    expect(await client.send('EXPIRETIME', 'key')).toBe(`:${FAR}\r\n`)
    await client.send('PERSIST', 'key')
    expect(await expire(FAR, 'LT', 'XX')).toBe(':0\r\n')
    expect(await expire(FAR, 'LT')).toBe(':1\r\n')
  })

  test('refuses options that contradict each other, and numbers out of range', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    for (const options of [['NX', 'XX'], ['NX', 'GT'], ['NX', 'LT'], ['GT', 'LT'], ['FOO'], ['XX', 'b\x00c']])
      expect(await client.send('EXPIRE', 'key', 10, ...options)).toMatch(/^-ERR/)
    expect(await client.send('EXPIRE', 'key', 'x', 'FOO')).toBe('-ERR Unsupported option FOO\r\n')
    for (const time of ['x', '1.5', '', ' 1', '9223372036854775808'])
      expect(await client.send('EXPIRE', 'key', time)).toMatch(/^-ERR value is not an integer/)
    for (const [command, time] of [
      ['EXPIRE', '9223372036854775807'],
      ['EXPIRE', '-9223372036854775808'],
      ['expire', '9223372036854775'],
      ['PEXPIRE', '9223372036854775807'],
      ['EXPIREAT', '9223372036854776'],
    ] as const)
      expect(await client.send(command, 'key', time)).toBe(
        `-ERR invalid expire time in '${command.toLowerCase()}' command\r\n`,
      )
    expect(await client.send('TTL', 'key')).toBe(':-1\r\n')
  })

  test('the latest time is answered as it was given', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1)
    for (const time of ['9223372036854775807', '9007199254740991', '9007199254740992']) {
      await client.send('PEXPIREAT', 'key', time)
      expect(await client.send('PEXPIRETIME', 'key')).toBe(`:${time}\r\n`)
      await client.send('EXPIRETIME', 'key')
    }
  })

  test('SET removes it, changes of the value keep it', async () => {
    const client = await both.connect()
    await client.send('SET', 'key', 1, 'EXAT', FAR)
    await client.send('INCR', 'key')
    await client.send('APPEND', 'key', 'x')
    expect(await client.send('EXPIRETIME', 'key')).toBe(`:${FAR}\r\n`)
    await client.send('SET', 'key', 1)
    expect(await client.send('EXPIRETIME', 'key')).toBe(':-1\r\n')
  })
})
