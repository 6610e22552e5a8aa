import { Stream, StreamError, StreamId, type StreamMessage } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient, ids } from './every-client.ts'

const reason = (reason: string) => expect.objectContaining({ code: 'ERR_ONETRIP_STREAM', reason })
const dataOf = (messages: readonly StreamMessage<Record<string, string>>[]) =>
  messages.map(({ data }) => data)

describeEveryClient('Stream', (at) => {
  const open = (key = 'orders') => at.opened(new Stream(at.redis, key))
  /** Adds messages with the ids 1-0, 11-0 ... 91-0. */
  async function tens(): Promise<Stream> {
    const stream = open()
    for (let n = 1; n < 100; n += 10) await stream.add({ n }, { id: `${n}-0` })
    return stream
  }

  it('adds messages and reads them back, with their times', async () => {
    const stream = open()
    const serverTime = async () => {
      const [seconds, micros] = await at.redis.time()
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
    }
    const before = await serverTime()
    const id = await stream.add({ path: '/films/42', visitor: 7 })
    const after = await serverTime()
    const [message] = await stream.range()
    expect(message).toMatchObject({ stream: 'orders', id, data: { path: '/films/42', visitor: '7' } })
    expect(message?.date.getTime()).toBeGreaterThanOrEqual(before)
    expect(message?.date.getTime()).toBeLessThanOrEqual(after)
    expect(message?.sequence).toBe(0n)
    expect(JSON.parse(JSON.stringify(message))).toEqual({
      stream: 'orders',
      id,
      data: { path: '/films/42', visitor: '7' },
    })
    expect(await stream.get(id)).toMatchObject({ id })
    expect(await stream.get('1-1')).toBeUndefined()
    expect(await stream.length()).toBe(1)
  })

  it.each<[options: object, expected: string[]]>([
    [{ to: '31' }, ['1-0', '11-0', '21-0', '31-0']],
    [{ to: '31-0' }, ['1-0', '11-0', '21-0', '31-0']],
    [{ to: '40' }, ['1-0', '11-0', '21-0', '31-0']],
    [{ from: '81' }, ['81-0', '91-0']],
    [{ from: '81-0' }, ['81-0', '91-0']],
    [{ from: '71-1' }, ['81-0', '91-0']],
    [{ from: '72' }, ['81-0', '91-0']],
    [{ from: '11', to: '31' }, ['11-0', '21-0', '31-0']],
    [{ from: '11-1', to: '30-5' }, ['21-0']],
    [{ from: '-', to: '+', count: 2 }, ['1-0', '11-0']],
    [{ from: '11', count: 3 }, ['11-0', '21-0', '31-0']],
    [{ from: '11', to: '21', count: 10 }, ['11-0', '21-0']],
    [{ after: '11', before: '41' }, ['21-0', '31-0']],
    [{ after: '11-0', to: '31' }, ['21-0', '31-0']],
    [{ from: new Date(11), to: new Date(31) }, ['11-0', '21-0', '31-0']],
    [{ after: new Date(11), before: new Date(31) }, ['21-0']],
    [{ from: { date: new Date(11), sequence: 1 }, to: { date: new Date(21) } }, ['21-0']],
    [{ from: '92' }, []],
    [{ to: '0' }, []],
    [{ from: '31', to: '11' }, []],
    [{ count: Infinity, from: '91' }, ['91-0']],
  ])('reads the range %o, and the same in reverse', async (options, expected) => {
    const stream = await tens()
    expect(ids(await stream.range(options))).toEqual(expected)
    if (!('count' in options)) {
      expect(ids(await stream.reverseRange(options))).toEqual([...expected].reverse())
    }
  })

  it('reads the last messages first, and takes messages as bounds', async () => {
    const stream = await tens()
    expect(ids(await stream.reverseRange({ count: 2 }))).toEqual(['91-0', '81-0'])
    const [, second] = await stream.range({ count: 2 })
    if (!second) throw new Error('no message')
    expect(ids(await stream.range({ after: second, count: 1 }))).toEqual(['21-0'])
    expect(ids(await stream.range({ from: second, to: second }))).toEqual(['11-0'])
    expect(await stream.get(second)).toMatchObject({ id: '11-0' })
    expect(await stream.get(new Date(11))).toMatchObject({ id: '11-0' })
  })

  it('orders messages of a millisecond by their sequence as a number', async () => {
    const stream = open()
    for (const sequence of [2, 9, 10, 11, 100]) await stream.add({ sequence }, { id: `7-${sequence}` })
    expect(ids(await stream.range({ from: '7-9', to: '7-11' }))).toEqual(['7-9', '7-10', '7-11'])
    expect(ids(await stream.range({ after: new Date(7) }))).toEqual([])
    expect(ids(await stream.range({ before: new Date(7) }))).toEqual([])
    expect(ids(await stream.range({ from: new Date(7), to: new Date(7) }))).toHaveLength(5)
  })

  it('deletes messages, and counts only those that were there', async () => {
    const stream = await tens()
    expect(await stream.delete('11-0', '21', '31-0')).toBe(3)
    expect(await stream.delete('41-1')).toBe(0)
    expect(await stream.delete('11-0')).toBe(0)
    expect(await stream.delete()).toBe(0)
    expect(await stream.length()).toBe(7)
    expect(await stream.delete(['1-0', '1-0'], new Date(41))).toBe(2)
    expect(await stream.delete(await stream.range())).toBe(5)
    expect(await stream.length()).toBe(0)
  })

  it('refuses an id that is not above the last one, also after the last ones were deleted', async () => {
    const stream = await tens()
    for (const id of ['91-0', '90-9', '1-0']) {
      await expect(stream.add({ n: 0 }, { id })).rejects.toThrow(reason('id-too-small'))
    }
    await stream.delete('81-0', '91-0')
    await expect(stream.add({ n: 0 }, { id: '91-0' })).rejects.toThrow(
      /must be above that of the last message/,
    )
    expect(await stream.add({ n: 0 }, { id: '91-1' })).toBe('91-1')
    await expect(stream.add({ n: 0 }, { id: '0-0' })).rejects.toThrow(reason('id-too-small'))
  })

  it('adds at a time, with the next sequence of its millisecond', async () => {
    const stream = open()
    const date = new Date('2018-05-21T14:10:30.474Z')
    expect(await stream.add({ n: 1 }, { id: date })).toBe('1526911830474-0')
    expect(await stream.add({ n: 2 }, { id: date })).toBe('1526911830474-1')
    expect(await stream.add({ n: 3 }, { id: { date, sequence: 55 } })).toBe('1526911830474-55')
    expect(await stream.add({ n: 4 }, { id: { date, sequence: 2n ** 63n } })).toBe(
      `1526911830474-${2n ** 63n}`,
    )
    const [last] = await stream.reverseRange({ count: 1 })
    expect(last?.date).toEqual(date)
    expect(last?.sequence).toBe(2n ** 63n)
  })

  it('adds up to the last id of 64 bits, and no more', async () => {
    const stream = open()
    const max = String(2n ** 64n - 1n)
    await stream.add({ n: 1 }, { id: `${max}-${BigInt(max) - 1n}` })
    const id = await stream.add({ n: 2 }, { id: StreamId.MAX })
    expect(id).toBe(`${max}-${max}`)
    const messages = await stream.range()
    expect(messages.map(({ sequence }) => sequence)).toEqual([2n ** 64n - 2n, 2n ** 64n - 1n])
    expect(messages[1]?.date.getTime()).toBeNaN()
    expect(ids(await stream.range({ after: messages[0] as StreamMessage<unknown> }))).toEqual([id])
    expect(await stream.get(messages[1] as StreamMessage<unknown>)).toMatchObject({ id })
    await expect(stream.add({ n: 3 })).rejects.toThrow(/exhausted/)
    expect(await stream.read({ after: StreamId.MAX })).toEqual([])
  })

  it('trims exactly and approximately, by a number and by an id', async () => {
    const stream = await tens()
    expect(await stream.trim({ maxlen: 8, approximate: false })).toBe(2)
    expect(await stream.trim({ maxlen: 8, approximate: false })).toBe(0)
    expect(await stream.trim({ minid: '41', approximate: false })).toBe(2)
    expect(ids(await stream.range({ count: 1 }))).toEqual(['41-0'])
    expect(await stream.trim({ minid: new Date(51), approximate: false })).toBe(1)
    expect(await stream.trim({ maxlen: Infinity }).catch((error: unknown) => error)).toBeInstanceOf(Error)
    expect(await stream.trim({ maxlen: 0, approximate: false })).toBe(5)
    for (let n = 0; n < 1_000; n++) void stream.add({ n })
    // Whole nodes of 100 messages only.
    await stream.trim({ maxlen: 10 })
    const left = await stream.length()
    expect(left).toBeGreaterThan(10)
    expect(left).toBeLessThan(200)
    await stream.trim({ maxlen: 10, approximate: false })
    expect(await stream.length()).toBe(10)
  })

  it('trims as it adds', async () => {
    const stream = await tens()
    await stream.add({ n: 0 }, { maxlen: 4, approximate: false })
    expect(await stream.length()).toBe(4)
    await stream.add({ n: 0 }, { minid: '91', approximate: false })
    expect(ids(await stream.range())[0]).toBe('91-0')
    await stream.add({ n: 0 }, { maxlen: 1, limit: 1_000 })
    expect(await stream.length()).toBe(4)
  })

  it('adds nothing to a stream that does not exist with noMkStream', async () => {
    const stream = open()
    expect(await stream.add({ n: 1 }, { noMkStream: true })).toBeUndefined()
    expect(await stream.length()).toBe(0)
    await stream.add({ n: 1 }, { id: '1-0' })
    expect(await stream.add({ n: 2 }, { noMkStream: true, id: '2-0' })).toBe('2-0')
  })

  it('sets its last id', async () => {
    const stream = open()
    await stream.add({ n: 1 }, { id: '1-0' })
    await stream.setId('5')
    await expect(stream.add({ n: 4 }, { id: '4' })).rejects.toThrow(StreamError)
    expect(await stream.add({ n: 6 }, { id: '6' })).toBe('6-0')
    await expect(stream.setId('3')).rejects.toThrow(reason('id-too-small'))
    await expect(open('other').setId('3')).rejects.toThrow(reason('no-stream'))
  })

  it('iterates what it has, page by page', async () => {
    const stream = open()
    const adding: Promise<string>[] = []
    for (let n = 1; n <= 2_001; n++) adding.push(stream.add({ n }, { id: `${n}` }))
    await Promise.all(adding)
    let next = 1
    for await (const { data } of stream) expect(data.n).toBe(String(next++))
    expect(next).toBe(2_002)
    for await (const message of open('nothing')) expect.unreachable(message.id)
  })

  it('informs about itself, its groups and their consumers', async () => {
    const stream = await tens()
    await stream.delete('91-0')
    expect(await stream.info()).toMatchObject({
      length: 9,
      lastId: '91-0',
      first: { id: '1-0', data: { n: '1' } },
      last: { id: '81-0', data: { n: '81' } },
      groups: 0,
      added: 10,
      maxDeletedId: '91-0',
    })
    expect(await stream.groups()).toEqual([])
    await at.container('XGROUP', 'CREATE', 'orders', 'packers', '0')
    await at.redis.call('XREADGROUP', ['GROUP', 'packers', 'ann', 'COUNT', '2', 'STREAMS', 'orders', '>'])
    expect(await stream.groups()).toEqual([
      { name: 'packers', consumers: 1, pending: 2, lastDeliveredId: '11-0', lag: undefined },
    ])
    expect(await stream.consumers('packers')).toEqual([{ name: 'ann', pending: 2, idle: expect.any(Number) }])
    await expect(stream.consumers('nobody')).rejects.toThrow(reason('no-group'))
    await stream.delete(await stream.range())
    expect(await stream.info()).toMatchObject({ length: 0, first: undefined, last: undefined })
    const absent = open('absent')
    const asked = [absent.info(), absent.groups(), absent.consumers('packers')]
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ reason: reason('no-stream') })
    }
  })

  it('names a key of another type', async () => {
    await at.redis.call('RPUSH', ['orders', 'x'])
    const stream = open()
    const wrong = [stream.add({ n: 1 }), stream.range(), stream.length(), stream.read(), stream.info()]
    for (const result of await Promise.allSettled(wrong)) {
      expect(result).toMatchObject({ reason: reason('wrong-type') })
    }
    await expect(stream.range()).rejects.toThrow('The stream "orders": the key holds something else')
  })

  it('reads a stream by ids, and waits for at most a time', async () => {
    const streams = [0, 1, 2].map((n) => open(`{s}${n}`))
    for (let n = 0; n < 20; n++) await streams[n % 3]?.add({ n }, { id: `${n + 1}` })
    const [first] = streams as [Stream, Stream, Stream]
    const all = ['0', '3', '6', '9', '12', '15', '18']
    const read = async (options: object) => dataOf(await first.read(options)).map(({ n }) => n)
    expect(await read({})).toEqual(all)
    expect(await read({ count: 3 })).toEqual(['0', '3', '6'])
    expect(await read({ count: 3 })).toEqual(['0', '3', '6'])
    expect(await read({ after: '10' })).toEqual(['12', '15', '18'])
    // The id of a message of another stream.
    expect(await read({ after: '11' })).toEqual(['12', '15', '18'])
    expect(await read({ from: '10' })).toEqual(['9', '12', '15', '18'])
    expect(await read({ after: new Date(10) })).toEqual(['12', '15', '18'])
    expect(await read({ from: new Date(10), count: 1 })).toEqual(['9'])
    expect(await read({ after: '19' })).toEqual([])
    expect(await read({ after: '10', block: 1 })).toEqual(['12', '15', '18'])
    expect(await read({ after: '19', block: 1 })).toEqual([])
    expect(await read({ after: '$', block: 1 })).toEqual([])
  })

  it('keeps texts, bytes and odd names as they are', async () => {
    const stream = open()
    const data = { '': '', __proto__: 'x', 'ü ': 'Žydrūnas\r\n$5\r\n', constructor: '1' }
    Object.defineProperty(data, '__proto__', { value: 'own', enumerable: true })
    await stream.add(data)
    const [message] = await stream.range()
    expect(Object.entries(message?.data ?? {})).toEqual(Object.entries(data))
  })
})
