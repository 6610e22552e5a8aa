import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import type { BothClients, BothServers } from '../../helpers/both-servers.ts'
import { startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'
import { readReply } from '../../helpers/read-reply.ts'

const NOT_A_SKETCH = '-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n'
const CORRUPTED = '-INVALIDOBJ Corrupted HLL object detected\r\n'

/** The begin of a HyperLogLog whose estimate is stale. */
function header(encoding: number): string {
  return `HYLL${String.fromCharCode(encoding)}\0\0\0\0\0\0\0\0\0\0\x80`
}

function elements(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `element ${from + n}`)
}

async function encodingOf(client: BothClients, key: string): Promise<string> {
  return client.send('PFDEBUG', 'ENCODING', key)
}

describeRedis('HyperLogLogs', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test('PFADD answers 1 if the estimate may have changed', async () => {
    const client = await both.connect()
    expect(await client.send('PFADD', 'key')).toBe(':1\r\n')
    expect(await client.send('PFADD', 'key')).toBe(':0\r\n')
    expect(await client.send('PFADD', 'key', 'a', 'b')).toBe(':1\r\n')
    expect(await client.send('PFADD', 'key', 'b', 'a', 'a')).toBe(':0\r\n')
    expect(await client.send('PFADD', 'key', 'c')).toBe(':1\r\n')
    expect(await client.send('PFCOUNT', 'key')).toBe(':3\r\n')
    expect(await client.send('PFCOUNT', 'absent')).toBe(':0\r\n')
  })

  test('estimates within the error of the algorithm, sparse and dense', async () => {
    const client = await both.connect()
    for (let count = 0; count < 20_000; count += 500) {
      await client.send('PFADD', 'key', ...elements(count, 500))
      // Byte for byte the string of Redis, before and after the estimate is stored in it.
      await client.send('GET', 'key')
      const estimate = readReply(await client.send('PFCOUNT', 'key')) as number
      expect(Math.abs(estimate - count - 500)).toBeLessThan((count + 500) * 0.05)
      await client.send('GET', 'key')
      if (count === 0) expect(await encodingOf(client, 'key')).toBe('+sparse\r\n')
    }
    expect(await encodingOf(client, 'key')).toBe('+dense\r\n')
  })

  test('splits and merges runs as Redis does', async () => {
    const client = await both.connect()
    const next = random(1)
    for (let n = 0; n < 300; n++) {
      const element = Array.from({ length: next(30) }, () => String.fromCharCode(next(256))).join('')
      await client.send('PFADD', 'key', element)
      expect(await client.send('PFDEBUG', 'DECODE', 'key')).toMatch(/\$\d+\r\n[zZv\d:, ]+\r\n/)
    }
    await client.send('GET', 'key')
  })

  test('PFCOUNT of several keys counts their union, and stores nothing', async () => {
    const client = await both.connect()
    await client.send('PFADD', 'a', ...elements(0, 100))
    await client.send('PFADD', 'b', ...elements(50, 100))
    const before = await client.send('GET', 'a')
    const estimate = readReply(await client.send('PFCOUNT', 'a', 'b', 'absent'))
    expect(Math.abs((estimate as number) - 150)).toBeLessThan(5)
    expect(await client.send('GET', 'a')).toBe(before)
  })

  test('PFMERGE adds the other keys to the first, and is dense if one of them is', async () => {
    const client = await both.connect()
    await client.send('PFADD', 'a', ...elements(0, 100))
    await client.send('PFADD', 'b', ...elements(50, 100))
    await client.send('PFADD', 'c', ...elements(0, 5_000))
    expect(await client.send('PFMERGE', 'target', 'a', 'absent')).toBe('+OK\r\n')
    expect(await client.send('PFMERGE', 'target', 'b')).toBe('+OK\r\n')
    await client.send('GET', 'target')
    expect(await encodingOf(client, 'target')).toBe('+sparse\r\n')
    expect(await client.send('PFCOUNT', 'target')).toBe(await client.send('PFCOUNT', 'a', 'b'))
    await client.send('PFMERGE', 'target', 'c')
    await client.send('GET', 'target')
    expect(await encodingOf(client, 'target')).toBe('+dense\r\n')
    expect(await client.send('PFMERGE', 'empty')).toBe('+OK\r\n')
    expect(await client.send('PFCOUNT', 'empty')).toBe(':0\r\n')
  })

  test('a string that was copied counts on', async () => {
    const client = await both.connect()
    await client.send('PFADD', 'key', ...elements(0, 300))
    const text = readReply(await client.send('GET', 'key')) as string
    await client.send('SET', 'copy', text)
    expect(await client.send('PFADD', 'copy', ...elements(0, 300))).toBe(':0\r\n')
    expect(await client.send('PFCOUNT', 'copy')).toBe(await client.send('PFCOUNT', 'key'))
  })

  test('becomes dense when hll-sparse-max-bytes is exceeded', async () => {
    const client = await both.connect()
    await client.send('CONFIG', 'SET', 'hll-sparse-max-bytes', '30')
    await client.send('PFADD', 'key', 'a', 'b', 'c')
    expect(await encodingOf(client, 'key')).toBe('+sparse\r\n')
    await client.send('PFADD', 'key', ...elements(0, 10))
    expect(await encodingOf(client, 'key')).toBe('+dense\r\n')
    await client.send('GET', 'key')
    await client.send('CONFIG', 'SET', 'hll-sparse-max-bytes', '3000')
  })

  test('PFDEBUG shows registers, and changes the encoding', async () => {
    const client = await both.connect()
    await client.send('PFADD', 'key', 'a', 'b', 'c')
    expect(await client.send('PFDEBUG', 'TODENSE', 'key')).toBe(':1\r\n')
    expect(await client.send('PFDEBUG', 'TODENSE', 'key')).toBe(':0\r\n')
    expect(await client.send('PFDEBUG', 'DECODE', 'key')).toBe('-ERR HLL encoding is not sparse\r\n')
    await client.send('PFADD', 'sparse', 'a', 'b', 'c')
    const registers = readReply(await client.send('PFDEBUG', 'GETREG', 'sparse')) as number[]
    expect(registers.filter((value) => value > 0)).toHaveLength(3)
    expect(await encodingOf(client, 'sparse')).toBe('+dense\r\n')
    expect(await client.send('PFDEBUG', 'ENCODING', 'absent')).toBe(
      '-ERR The specified key does not exist\r\n',
    )
    expect(await client.send('PFDEBUG', 'OTHER', 'key')).toBe("-ERR Unknown PFDEBUG subcommand 'OTHER'\r\n")
  })

  test('is a raw string, which PFCOUNT changes when it stores an estimate', async () => {
    const client = await both.connect()
    await client.send('PFADD', 'short', 'a')
    await client.send('PFMERGE', 'merged')
    for (const key of ['short', 'merged'])
      expect(await client.send('OBJECT', 'ENCODING', key)).toBe('$3\r\nraw\r\n')
    for (const reply of ['*-1\r\n', '*0\r\n']) {
      await client.pipeline(['WATCH', 'short'], ['PFCOUNT', 'short'], ['MULTI'])
      expect(await client.send('EXEC')).toBe(reply)
    }
  })

  test('PFSELFTEST passes', async () => {
    // Redis takes seconds for it.
    const { ours } = await both.connect()
    expect(await ours.send('PFSELFTEST')).toBe('+OK\r\n')
  })

  test('notifies of changes', async () => {
    const client = await both.connect()
    const events = await both.eventsOf(async () => {
      await client.send('PFADD', 'key', 'a')
      await client.send('PFADD', 'key', 'a')
      await client.send('PFCOUNT', 'key')
      await client.send('PFMERGE', 'target', 'key')
    })
    expect(events).toEqual(['pfadd key', 'pfadd target'])
  })

  test.each([
    ['a string', 'value'],
    ['a short one', 'HYLL'],
    ['an unknown encoding', `${header(2)}\x7f\xff`],
    ['a dense one of the wrong length', `${header(0)}\0`],
  ])('refuses %s', async (_name, value) => {
    const client = await both.connect()
    await client.send('SET', 'key', value)
    await client.send('RPUSH', 'list', 'item')
    const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
    for (const [key, reply] of [
      ['key', NOT_A_SKETCH],
      ['list', wrongType],
    ] as const) {
      expect(await client.send('PFADD', key, 'a')).toBe(reply)
      expect(await client.send('PFCOUNT', key)).toBe(reply)
      expect(await client.send('PFCOUNT', 'absent', key)).toBe(reply)
      expect(await client.send('PFMERGE', 'absent', key)).toBe(reply)
      expect(await client.send('PFDEBUG', 'ENCODING', key)).toBe(reply)
    }
    expect(await client.send('EXISTS', 'absent')).toBe(':0\r\n')
  })

  test.each([
    ['without registers', ''],
    ['with too few registers', '\x80'],
    ['with too many registers', '\x7f\xff\x00'],
  ])('answers an error for a sparse one %s', async (_name, registers) => {
    const client = await both.connect()
    await client.send('SET', 'key', `${header(1)}${registers}`)
    expect(await client.send('PFCOUNT', 'key')).toBe(CORRUPTED)
    expect(await client.send('PFCOUNT', 'key', 'absent')).toBe(CORRUPTED)
    expect(await client.send('PFMERGE', 'target', 'key')).toBe(CORRUPTED)
    expect(await client.send('PFDEBUG', 'TODENSE', 'key')).toBe(CORRUPTED)
  })
})
