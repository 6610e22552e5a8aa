import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { random } from '../../helpers/random.ts'

/** Strings beyond a length are changed in place: each way to change and to read them. */
describeRedis('long strings that are changed in parts', () => {
  let both: BothServers
  let client: BothClients

  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())
  beforeEach(async () => {
    await both.reset()
    client = await both.connect()
  })

  const next = random(1)
  const offset = () => 3_000 + next(6_000)
  const CHANGES = [
    () => ['SETBIT', 'key', 8 * offset() + next(8), next(2)],
    () => ['SETRANGE', 'key', offset(), 'x'.repeat(next(20))],
    () => ['APPEND', 'key', 'y'.repeat(next(20))],
    () => ['BITFIELD', 'key', 'INCRBY', 'i16', 8 * offset() + next(8), next(2)],
    () => ['BITFIELD', 'key', 'SET', 'u5', 8 * offset(), next(32), 'GET', 'u8', 8 * offset()],
  ]
  const READS = [
    () => ['GETBIT', 'key', 8 * offset() + next(8)],
    () => ['GETRANGE', 'key', offset(), 10_000],
    () => ['GETRANGE', 'key', -next(9_000), -1 - next(100)],
    () => ['STRLEN', 'key'],
    () => ['BITFIELD_RO', 'key', 'GET', 'i64', 8 * offset() + next(8)],
  ]
  const OTHERS = [
    () => ['GET', 'key'],
    () => ['BITCOUNT', 'key'],
    () => ['COPY', 'key', 'copy', 'REPLACE'],
    () => ['RENAME', 'key', 'key'],
    () => ['OBJECT', 'ENCODING', 'key'],
    () => ['TYPE', 'key'],
    () => ['BITOP', 'NOT', 'other', 'key'],
    () => ['LPUSH', 'key', 'a'],
    () => ['EXPIRE', 'key', '100'],
    () => ['PERSIST', 'key'],
  ]
  const pick = (of: readonly (() => (string | number)[])[]) => (of[next(of.length)] as (typeof of)[number])()

  test('are read as Redis reads them, whatever changes them', async () => {
    const requests: (string | number)[][] = [['SETRANGE', 'key', 4_090, 'begin']]
    for (let n = 0; n < 2_000; n++) {
      requests.push(pick(CHANGES))
      if (next(2) === 0) requests.push(pick(READS))
      if (next(10) === 0) requests.push(pick(OTHERS))
      if (next(200) === 0) requests.push(['SET', 'key', 'z'.repeat(4_000 + next(200))])
    }
    await client.pipeline(...requests, ['GET', 'key'], ['GET', 'copy'], ['GET', 'other'])
  })

  test('a change that changes nothing is not notified', async () => {
    await client.send('SETRANGE', 'key', 10_000, 'end')
    const events = await both.eventsOf(async () => {
      expect(await client.send('SETBIT', 'key', 7, 0)).toBe(':0\r\n')
      expect(await client.send('SETBIT', 'key', 7, 1)).toBe(':0\r\n')
      expect(await client.send('SETBIT', 'key', 7, 1)).toBe(':1\r\n')
      await client.send('BITFIELD', 'key', 'SET', 'u8', 0, 1)
      await client.send('SETBIT', 'key', 100_000, 0)
    })
    expect(events).toEqual(['setbit key', 'setbit key'])
  })

  test('memory follows their length', async () => {
    const { ours } = client
    await client.send('SETRANGE', 'key', 10_000, 'end')
    const usage = async () => Number((await ours.send('MEMORY', 'USAGE', 'key')).slice(1))
    const before = await usage()
    await client.send('SETBIT', 'key', 8 * 20_002, 1)
    expect(await usage()).toBe(before + 10_000)
    await client.send('GET', 'key')
    expect(await usage()).toBe(before + 10_000)
  })
})
