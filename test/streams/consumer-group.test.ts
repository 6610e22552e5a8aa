import { ConsumerGroup, type GroupKeys, jsonFields, Stream, type StreamMessage } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient, ids } from './every-client.ts'

const reason = (reason: string) => expect.objectContaining({ code: 'ERR_ONETRIP_STREAM', reason })
const numbers = (messages: readonly StreamMessage<Record<string, string>>[]) =>
  messages.map(({ data }) => Number(data.n))

describeEveryClient('ConsumerGroup', (at) => {
  const openStream = (key: string) => at.opened(new Stream(at.redis, key))
  const open = (keys: GroupKeys = 'orders', consumer = 'ann', name = 'packers') =>
    at.opened(new ConsumerGroup(at.redis, name, keys, { consumer }))
  /** Adds messages with the ids 1-0, 2-0 ... to streams in turn. */
  async function add(keys: readonly string[], count: number, first = 1): Promise<void> {
    for (let n = first; n < first + count; n++)
      await openStream(keys[(n - 1) % keys.length] as string).add({ n }, { id: `${n}` })
  }
  const untilBlocked = (count: number) => expect.poll(() => at.blocked()).toBe(count)

  it('is created once for each key, and makes streams that do not exist', async () => {
    await add(['a'], 1)
    expect(await open(['a', 'b']).create()).toEqual({ a: true, b: true })
    expect(await open(['a', 'b']).create()).toEqual({ a: false, b: false })
    const more = open(['a', 'b', 'c'])
    expect(await more.create()).toEqual({ a: false, b: false, c: true })
    for (const key of ['b', 'c']) expect(await more.stream(key).length()).toBe(0)
    expect(await more.stream('a').length()).toBe(1)
    // Nothing was added and deleted for it.
    expect(await more.stream('c').info()).toMatchObject({ lastId: '0-0', added: 0, groups: 1 })
    expect(await more.destroy()).toEqual({ a: true, b: true, c: true })
    expect(await more.destroy()).toEqual({ a: false, b: false, c: false })
    expect(await open('absent').destroy()).toEqual({ absent: false })
    expect(await more.stream('a').groups()).toEqual([])
  })

  it.each([
    ['list', ['RPUSH', ['wrong', 'x']]],
    ['hash', ['HSET', ['wrong', 'x', 'y']]],
    ['set', ['SADD', ['wrong', 'x']]],
    ['string', ['SET', ['wrong', 'x']]],
    ['zset', ['ZADD', ['wrong', '1', 'x']]],
  ] as const)('refuses a key that is a %s, and creates nothing', async (type, [command, args]) => {
    await at.redis.call(command, [...args])
    const group = open(['fine', 'wrong'])
    await expect(group.create()).rejects.toThrow(reason('wrong-type'))
    await expect(group.create()).rejects.toThrow(`the key "wrong" is a ${type}, not a stream`)
    expect(await at.redis.call('EXISTS', ['fine'])).toEqual(expect.anything())
    await expect(group.stream('fine').info()).rejects.toThrow(reason('no-stream'))
  })

  it('begins at the start, at the end, with an id and with a time, by key or for all', async () => {
    await add(['a', 'b', 'c', 'd'], 8)
    const byKey = open({ a: 'start', b: 'end', c: '4', d: new Date(8) })
    await byKey.create()
    await add(['a', 'b', 'c', 'd'], 4, 9)
    expect(ids(await byKey.read())).toEqual(['1-0', '5-0', '7-0', '8-0', '9-0', '10-0', '11-0', '12-0'])
    const from = open(['a', 'b'], 'ann', 'second')
    await from.create({ from: '5' })
    expect(ids(await from.read())).toEqual(['5-0', '6-0', '9-0', '10-0'])
    const after = open(['a', 'b'], 'ann', 'third')
    await after.create({ after: '5' })
    expect(ids(await after.read())).toEqual(['6-0', '9-0', '10-0'])
    const end = open(['a', 'b'], 'ann', 'fourth')
    await end.create({ from: 'end' })
    expect(await end.read()).toEqual([])
    // Groups of one stream are independent.
    expect((await openStream('a').groups()).map(({ name }) => name).sort()).toEqual([
      'fourth',
      'packers',
      'second',
      'third',
    ])
  })

  it('has streams that are streams themselves', async () => {
    await add(['a'], 5)
    const stream = open(['a', 'b']).stream('a')
    expect(ids(await stream.range({ from: '2', count: 2 }))).toEqual(['2-0', '3-0'])
    const seen: string[] = []
    for await (const { id } of stream) seen.push(id)
    expect(seen).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0'])
    expect(await stream.delete('1')).toBe(1)
    expect(await stream.get('1')).toBeUndefined()
    expect(await stream.add({ n: 6 }, { id: '6' })).toBe('6-0')
    expect(await stream.trim({ maxlen: 1, approximate: false })).toBe(4)
    expect(() => open(['a', 'b']).stream('c')).toThrow(/"packers" has no stream "c": it has a, b/)
    // Not attributes: both names would be the same one.
    const alike = open(['a-b', 'a_b'])
    expect(alike.stream('a-b').key).toBe('a-b')
    expect(alike.stream('a_b').key).toBe('a_b')
  })

  it('shares messages among consumers, each acknowledged once', async () => {
    await add(['orders'], 4)
    const ann = open()
    await ann.create()
    const bob = ann.consumer('bob')
    expect(bob.consumerName).toBe('bob')
    const [first, third] = [await ann.read({ count: 1 }), await bob.read({ count: 2 })]
    expect([...ids(first), ...ids(third)]).toEqual(['1-0', '2-0', '3-0'])
    expect(await ann.pending()).toEqual([
      {
        stream: 'orders',
        id: '1-0',
        date: new Date(1),
        sequence: 0n,
        consumer: 'ann',
        idle: expect.any(Number),
        deliveries: 1,
      },
      expect.objectContaining({ id: '2-0', consumer: 'bob' }),
      expect.objectContaining({ id: '3-0', consumer: 'bob' }),
    ])
    expect(await ann.stream('orders').pendingSummary()).toEqual({
      count: 3,
      first: '1-0',
      last: '3-0',
      consumers: { ann: 1, bob: 2 },
    })
    expect(await bob.ack(first[0] as StreamMessage<unknown>)).toBe(1)
    expect(await bob.ack(third, third)).toBe(2)
    expect(await ann.ack(third)).toBe(0)
    expect(await ann.ack()).toBe(0)
    expect(await ann.stream('orders').ack('4')).toBe(0)
    expect(await ann.pending()).toEqual([])
    expect(await ann.stream('orders').pendingSummary()).toEqual({
      count: 0,
      first: undefined,
      last: undefined,
      consumers: {},
    })
    expect(await ann.info()).toEqual({
      orders: { name: 'packers', consumers: 2, pending: 0, lastDeliveredId: '3-0', lag: 1 },
    })
    expect((await ann.stream('orders').consumers()).map(({ name }) => name).sort()).toEqual(['ann', 'bob'])
    await expect(ann.ack({ stream: 'other', id: '1-0' })).rejects.toThrow(/has no stream "other"/)
  })

  it('filters what is pending by range, consumer and idle time', async () => {
    await add(['a', 'b'], 8)
    const group = open(['a', 'b'])
    await group.create()
    await group.read({ count: 2 })
    await group.consumer('bob').read()
    const stream = group.stream('a')
    expect(ids(await stream.pending())).toEqual(['1-0', '3-0', '5-0', '7-0'])
    expect(ids(await stream.pending({ from: '3', to: new Date(5) }))).toEqual(['3-0', '5-0'])
    expect(ids(await stream.pending({ after: '3', before: '7' }))).toEqual(['5-0'])
    expect(ids(await stream.pending({ count: 1 }))).toEqual(['1-0'])
    expect(ids(await stream.pending({ count: Infinity }))).toHaveLength(4)
    expect(ids(await stream.pending({ consumer: 'bob' }))).toEqual(['5-0', '7-0'])
    expect(ids(await stream.pending({ consumer: 'nobody' }))).toEqual([])
    expect(ids(await stream.pending({ minIdle: 0 }))).toHaveLength(4)
    expect(ids(await stream.pending({ minIdle: '10m' }))).toEqual([])
    expect((await group.pending({ consumer: 'bob' })).map(({ stream: key, id }) => [key, id])).toEqual([
      ['a', '5-0'],
      ['b', '6-0'],
      ['a', '7-0'],
      ['b', '8-0'],
    ])
  })

  it('claims messages of other consumers, which counts as a delivery', async () => {
    await add(['orders'], 6)
    const ann = open()
    await ann.create()
    const bob = ann.consumer('bob').stream('orders')
    await ann.read({ count: 4 })
    expect(ids(await bob.claim(['1', '2-0', '5', '9']))).toEqual(['1-0', '2-0'])
    expect(ids(await bob.claim('3', { minIdle: '10m' }))).toEqual([])
    expect((await ann.pending()).map(({ consumer, deliveries }) => [consumer, deliveries])).toEqual([
      ['bob', 2],
      ['bob', 2],
      ['ann', 1],
      ['ann', 1],
    ])
    await bob.delete('4')
    expect(ids(await bob.claim(['3', '4']))).toEqual(['3-0'])
    expect(await bob.claim([])).toEqual([])
  })

  it('claims what has been pending for long, page by page', async () => {
    await add(['orders'], 5)
    const ann = open()
    await ann.create()
    await ann.read()
    const bob = ann.consumer('bob').stream('orders')
    expect(await bob.autoClaim({ minIdle: '10m' })).toEqual({ messages: [], next: undefined, deleted: [] })
    await bob.delete('2')
    const first = await bob.autoClaim({ minIdle: 0, count: 3 })
    expect(ids(first.messages)).toEqual(['1-0', '3-0'])
    expect(first).toMatchObject({ next: '4-0', deleted: ['2-0'] })
    const second = await bob.autoClaim({ minIdle: 0, from: first.next as string, count: 3 })
    expect(ids(second.messages)).toEqual(['4-0', '5-0'])
    expect(second.next).toBeUndefined()
    expect((await ann.pending()).map(({ consumer }) => consumer)).toEqual(['bob', 'bob', 'bob', 'bob'])
  })

  it('reads what is pending for itself, without what was deleted meanwhile', async () => {
    await add(['a', 'b'], 8)
    const group = open(['a', 'b'])
    await group.create()
    expect(await group.read({ pending: true })).toEqual([])
    await group.read({ count: 3 })
    await group.consumer('bob').read()
    expect(ids(await group.read({ pending: true }))).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0', '6-0'])
    expect(ids(await group.read({ pending: true, count: 1 }))).toEqual(['1-0', '2-0'])
    expect(ids(await group.read({ pending: true, after: '3' }))).toEqual(['4-0', '5-0', '6-0'])
    await group.stream('a').delete('1', '5')
    expect(ids(await group.read({ pending: true }))).toEqual(['2-0', '3-0', '4-0', '6-0'])
    expect(ids(await group.stream('a').pending({ consumer: 'ann' }))).toEqual(['3-0'])
    expect(ids(await group.stream('b').read({ pending: true }))).toEqual(['2-0', '4-0', '6-0'])
  })

  it('reads single streams and the group interleaved, and repeats nothing', async () => {
    await add(['a', 'b', 'c'], 9)
    const group = open(['a', 'b', 'c'])
    await group.create()
    expect(ids(await group.stream('b').read({ count: 2 }))).toEqual(['2-0', '5-0'])
    expect(ids(await group.read({ count: 1 }))).toEqual(['1-0', '3-0', '8-0'])
    expect(ids(await group.stream('b').read())).toEqual([])
    await group.stream('a').setId('1')
    expect(ids(await group.read())).toEqual(['4-0', '6-0', '7-0', '9-0'])
    await group.stream('b').setId('2')
    expect(ids(await group.read())).toEqual(['5-0', '8-0'])
    await group.setId('$')
    expect(await group.read()).toEqual([])
    await group.setId(new Date(7))
    expect(ids(await group.read())).toEqual(['8-0', '9-0'])
    await group.reset()
    expect(await group.read()).toHaveLength(9)
  })

  it('does not keep what it reads with noAck', async () => {
    await add(['orders'], 2)
    const group = open()
    await group.create()
    expect(await group.read({ noAck: true })).toHaveLength(2)
    expect(await group.pending()).toEqual([])
  })

  it('deletes a consumer, and says how much was pending for it', async () => {
    await add(['orders'], 2)
    const group = open()
    await group.create()
    await group.read()
    expect(await group.stream('orders').deleteConsumer('ann')).toBe(2)
    expect(await group.stream('orders').deleteConsumer('ann')).toBe(0)
    expect(await group.read({ pending: true })).toEqual([])
  })

  it('waits for messages of any of its streams', async () => {
    const group = open(['a', 'b'])
    await group.create()
    expect(await group.read({ block: 1 })).toEqual([])
    const read = group.read({ block: 'forever' })
    await untilBlocked(1)
    await add(['b'], 1)
    expect(await read).toMatchObject([{ stream: 'b', id: '1-0' }])
    const stop = new AbortController()
    const aborted = group.read({ block: 'forever', signal: stop.signal })
    await untilBlocked(1)
    stop.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    await untilBlocked(0)
    const closed = expect(group.read({ block: 'forever' })).rejects.toMatchObject({
      code: 'ERR_ONETRIP_CLOSED',
      message: 'The consumer group "packers" was used after close()',
    })
    await untilBlocked(1)
    await group.close()
    await closed
    await untilBlocked(0)
  })

  it('keeps pending what comes as a read is aborted', async () => {
    const group = open()
    await group.create()
    const got: string[] = []
    for (let n = 1; n <= 20; n++) {
      const stop = new AbortController()
      const read = group.read({ block: 'forever', signal: stop.signal })
      await untilBlocked(1)
      const adding = add(['orders'], 1, n)
      if (n % 2 === 0) await Promise.resolve()
      stop.abort()
      got.push(...ids(await read.catch(() => [])))
      await adding
      await untilBlocked(0)
    }
    got.push(...ids(await group.read()))
    const pending = ids(await group.read({ pending: true }))
    expect(pending).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 1}-0`))
    expect(new Set(got).size).toBe(got.length)
  })

  it('follows: first what is pending for it, then what is new', async () => {
    await add(['a', 'b'], 6)
    const group = open(['a', 'b'])
    await group.create()
    await group.read({ count: 2 })
    await group.stream('a').delete('3')
    const seen: number[] = []
    for await (const message of group.follow({ count: 1 })) {
      seen.push(Number(message.data.n))
      await group.ack(message)
      if (seen.length === 5) {
        void untilBlocked(1).then(() => add(['a'], 1, 7))
      }
      if (seen.length === 6) break
    }
    expect(seen).toEqual([1, 2, 4, 5, 6, 7])
    expect(await group.pending()).toEqual([])
    await add(['a'], 2, 8)
    await group.read({ count: 1 })
    for await (const message of group.follow({ pending: false })) {
      expect(message.id).toBe('9-0')
      break
    }
  })

  it('fetches no further than it is asked to, and leaves what it did not yield pending', async () => {
    await add(['orders'], 10)
    const group = open()
    await group.create()
    const follower = group.follow({ count: 3 })
    for (const n of [1, 2, 3, 4]) expect((await follower.next()).value?.id).toBe(`${n}-0`)
    expect(ids(await group.pending())).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0', '6-0'])
    await follower.return?.()
    expect(numbers(await group.consumer('bob').read())).toEqual([7, 8, 9, 10])
    const again = group.follow()
    for (const n of [1, 2]) expect((await again.next()).value?.id).toBe(`${n}-0`)
    await group.close()
    expect(await again.next()).toEqual({ done: true, value: undefined })
  })

  it('says that its group is gone, at a read, during one, and after all keys were removed', async () => {
    const group = open()
    await expect(group.read()).rejects.toThrow(reason('no-group'))
    await expect(group.read({ block: 'forever' })).rejects.toThrow(
      /consumer group does not exist.*call create\(\)/,
    )
    for (const wrong of [group.pending(), group.stream('orders').pendingSummary(), group.follow().next()]) {
      await expect(wrong).rejects.toThrow(reason('no-group'))
    }
    await group.create()
    const read = expect(group.read({ block: 'forever' })).rejects.toThrow(reason('no-group'))
    await untilBlocked(1)
    await group.destroy()
    await read
    await group.create()
    const follower = expect(group.follow().next()).rejects.toThrow(reason('no-group'))
    await untilBlocked(1)
    await at.flush()
    await follower
    await add(['orders'], 1)
    await group.create()
    expect(ids(await group.read())).toEqual(['1-0'])
    expect(await group.info()).toHaveProperty('orders')
    await group.destroy()
    await expect(group.info()).rejects.toThrow(reason('no-group'))
    await expect(open('absent').info()).rejects.toThrow(reason('no-stream'))
  })

  it('follows on after its connection was cut, again and again, and misses nothing', async () => {
    const group = open()
    await group.create()
    const seen = new Set<string>()
    const following = (async () => {
      for await (const message of group.follow({ count: 2 })) {
        seen.add(message.data.n as string)
        await group.ack(message).catch(() => {})
      }
    })()
    const stream = openStream('orders')
    for (let n = 1; n <= 60; n++) {
      if (n % 4 === 0) await at.cut()
      // A client that is cut may add it twice.
      await expect.poll(() => stream.add({ n }).catch(() => '')).not.toBe('')
    }
    await expect.poll(() => seen.size).toBe(60)
    await group.close()
    await following
  })

  it('decodes by a codec', async () => {
    const codec = jsonFields<{ items: number[] }>()
    const group = at.opened(new ConsumerGroup(at.redis, 'packers', 'orders', { consumer: 'ann', codec }))
    await group.create()
    await group.stream('orders').add({ items: [1, 2] })
    const [message] = await group.read()
    expect(message?.data.items).toEqual([1, 2])
  })
})

it.each<[what: string, open: () => unknown, says: RegExp]>([
  ['no key', () => new ConsumerGroup('redis://localhost', 'g', []), /keys must name at least one stream/],
  [
    'a wrong key',
    () => new ConsumerGroup('redis://localhost', 'g', ['']),
    /a key must be a string that is not empty/,
  ],
  [
    'keys of another kind',
    () => new ConsumerGroup('redis://localhost', 'g', 7 as never),
    /keys must be a string, an array/,
  ],
  [
    'a wrong start',
    () => new ConsumerGroup('redis://localhost', 'g', { a: 'first' }),
    /id of a message must be.*'first'/,
  ],
  [
    'an empty name',
    () => new ConsumerGroup('redis://localhost', '', 'a'),
    /name must be a string that is not empty/,
  ],
  [
    'a misspelt option',
    () => new ConsumerGroup('redis://localhost', 'g', 'a', { consumr: 'x' } as never),
    /did you mean "consumer"/,
  ],
])('refuses %s', (_, open, says) => {
  expect(open).toThrow(says)
})

it('asks for the name of a consumer where it needs one, and checks the options of each call', async () => {
  const group = new ConsumerGroup({ lazyConnect: true }, 'g', 'a')
  try {
    await expect(group.read()).rejects.toThrow(/reads and claims as a consumer: name it/)
    expect(() => group.follow()).toThrow(/reads and claims as a consumer/)
    await expect(group.stream('a').claim('1')).rejects.toThrow(/reads and claims as a consumer/)
    const ann = group.consumer('ann')
    await expect(ann.read({ after: '1' })).rejects.toThrow(/after needs pending/)
    await expect(ann.read({ pending: true, block: 1 })).rejects.toThrow(/pending messages are there already/)
    await expect(ann.read({ block: 0 })).rejects.toThrow(/The option block .* is 0: a duration is/)
    await expect(ann.read({ count: 0 })).rejects.toThrow(/option count must be a whole number of at least 1/)
    await expect(ann.read({ COUNT: 1 } as never)).rejects.toThrow(/did you mean "count"/)
    await expect(ann.create({ from: 'start', after: '1' })).rejects.toThrow(/from or after, not both/)
    await expect(ann.stream('a').autoClaim({} as never)).rejects.toThrow(/minIdle/)
    await expect(ann.stream('a').pending({ from: '1', after: '1' })).rejects.toThrow(
      /from or after, not both/,
    )
  } finally {
    await group.close()
  }
})
