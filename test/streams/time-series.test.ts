import { StreamId, type StreamMessage, TimeSeries } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient, ids } from './every-client.ts'

type Message = StreamMessage<Record<string, string>>
const KEYS = ['cellar', 'house', 'attic']
/** Returns the n-th of ten days, at noon UTC. */
const day = (n: number) => new Date(Date.UTC(2026, 2, 24 + n, 12))
const numbers = (messages: readonly Message[]) => messages.map(({ data }) => Number(data.n))

describeEveryClient('TimeSeries', (at) => {
  const open = () => at.opened(new TimeSeries(at.redis, 'sensors', KEYS, { consumer: 'ann' }))
  /** Adds messages of ten days, to the three streams in turn. */
  async function tenDays(): Promise<TimeSeries> {
    const series = open()
    await series.create()
    for (let n = 1; n <= 10; n++) {
      const id = await series.add(KEYS[(n - 1) % 3] as string, { n }, { id: day(n) })
      expect(StreamId.from(id)).toMatchObject({ date: day(n), sequence: 0n })
    }
    return series
  }

  it('reads ranges of all streams and of one, by times and by messages', async () => {
    const series = await tenDays()
    expect(numbers(await series.range())).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(numbers(await series.range({ from: day(8) }))).toEqual([8, 9, 10])
    expect(numbers(await series.range({ from: day(3), count: 3 }))).toEqual([3, 4, 5])
    expect(numbers(await series.range({ after: day(2), before: day(6) }))).toEqual([3, 4, 5])
    expect(numbers(await series.range({ to: day(2) }))).toEqual([1, 2])
    expect(numbers(await series.range({ from: day(11) }))).toEqual([])
    expect(numbers(await series.reverseRange({ count: 4 }))).toEqual([10, 9, 8, 7])
    expect(numbers(await series.reverseRange({ to: day(4) }))).toEqual([4, 3, 2, 1])
    expect(numbers(await series.stream('house').range())).toEqual([2, 5, 8])
    // From a message of another stream.
    const [fourth] = await series.range({ from: day(4), count: 1 })
    if (!fourth) throw new Error('no message')
    expect(numbers(await series.stream('house').range({ from: fourth, count: 1 }))).toEqual([5])
    expect(numbers(await series.range({ after: fourth }))).toEqual([5, 6, 7, 8, 9, 10])
    expect(await series.get(day(4))).toMatchObject([{ stream: 'cellar', data: { n: '4' } }])
    expect(await series.stream('cellar').get(day(4))).toMatchObject({ data: { n: '4' } })
    expect(await series.get(day(11))).toEqual([])
    expect(await series.trim({ maxlen: 2, approximate: false })).toEqual({ cellar: 2, house: 1, attic: 1 })
    expect(numbers(await series.range())).toEqual([5, 6, 7, 8, 9, 10])
  })

  it('gives flat messages, whose order is that of their numbers', async () => {
    const series = open()
    for (const [n, id] of ['2-999', '10-2', '10-10', '999-0', '1000-0'].entries())
      await series.add(KEYS[n % 3] as string, { n }, { id })
    await series.add('attic', { n: 5 }, { id: '1000-0' })
    await series.create()
    const order = ['2-999', '10-2', '10-10', '999-0', '1000-0', '1000-0']
    expect(ids(await series.range())).toEqual(order)
    expect(ids(await series.reverseRange())).toEqual([...order].reverse())
    expect(ids(await series.read())).toEqual(order)
    expect(ids(await series.read({ pending: true }))).toEqual(order)
    const all: Message[] = []
    for await (const message of series) all.push(message)
    expect(ids(all)).toEqual(order)
    // Of one id: in the order of the keys, and the other way round.
    expect(all.slice(-2).map(({ stream }) => stream)).toEqual(['house', 'attic'])
    expect((await series.reverseRange({ count: 2 })).map(({ stream }) => stream)).toEqual(['attic', 'house'])
    const { stream, date, sequence, id, data } = all[2] as Message
    expect({ stream, date, sequence, id, data }).toEqual({
      stream: 'attic',
      date: new Date(10),
      sequence: 10n,
      id: '10-10',
      data: { n: '2' },
    })
  })

  it('reads as a group: what was not read yet, of each stream', async () => {
    const series = await tenDays()
    expect(numbers(await series.read({ count: 1 }))).toEqual([1, 2, 3])
    expect(numbers(await series.read({ count: 1 }))).toEqual([4, 5, 6])
    expect(numbers(await series.read())).toEqual([7, 8, 9, 10])
    expect(numbers(await series.read())).toEqual([])
    await series.trim({ minid: day(4), approximate: false })
    await series.reset()
    expect(numbers(await series.read())).toEqual([4, 5, 6, 7, 8, 9, 10])
    await series.stream('cellar').delete(day(7))
    await series.setId(day(5))
    expect(numbers(await series.read())).toEqual([6, 8, 9, 10])
  })

  it('repeats nothing between reads of single streams and of all, but what a stream is set back to', async () => {
    const series = await tenDays()
    expect(numbers(await series.stream('house').read({ count: 1 }))).toEqual([2])
    expect(numbers(await series.read({ count: 1 }))).toEqual([1, 3, 5])
    expect(numbers(await series.stream('attic').read())).toEqual([6, 9])
    await series.stream('house').setId(day(2))
    expect(numbers(await series.read())).toEqual([4, 5, 7, 8, 10])
  })

  it('adds up to the last time of a Date', async () => {
    const series = open()
    const date = new Date(8_640_000_000_000_000)
    for (const sequence of [1, 2]) await series.add('attic', { n: sequence }, { id: { date, sequence } })
    const messages = await series.range()
    expect(messages.map((message) => [message.stream, message.date, message.sequence, message.data])).toEqual(
      [
        ['attic', date, 1n, { n: '1' }],
        ['attic', date, 2n, { n: '2' }],
      ],
    )
    expect(numbers(await series.range({ from: { date, sequence: 2 } }))).toEqual([2])
  })

  it('acknowledges, claims, and lists what is pending by time and consumer', async () => {
    const series = await tenDays()
    const bob = series.consumer('bob')
    const first = await series.read({ count: 1 })
    await bob.read({ count: 1 })
    const shown = async () =>
      (await series.pending()).map(({ date, sequence, consumer, deliveries }) => [
        date,
        sequence,
        consumer,
        deliveries,
      ])
    expect(await shown()).toEqual([
      [day(1), 0n, 'ann', 1],
      [day(2), 0n, 'ann', 1],
      [day(3), 0n, 'ann', 1],
      [day(4), 0n, 'bob', 1],
      [day(5), 0n, 'bob', 1],
      [day(6), 0n, 'bob', 1],
    ])
    expect(await bob.ack(first)).toBe(3)
    expect(numbers(await series.stream('house').claim([day(5)]))).toEqual([5])
    expect(await shown()).toEqual([
      [day(4), 0n, 'bob', 1],
      [day(5), 0n, 'ann', 2],
      [day(6), 0n, 'bob', 1],
    ])
    expect(numbers(await bob.range({ count: 1 }))).toEqual([1])
  })

  it('iterates over pages of several streams', async () => {
    const series = open()
    const adding: Promise<string>[] = []
    for (let n = 1; n <= 2_500; n++)
      adding.push(series.add(n % 5 === 0 ? 'attic' : 'cellar', { n }, { id: `${n}` }))
    await Promise.all(adding)
    let next = 1
    for await (const { data } of series) expect(data.n).toBe(String(next++))
    expect(next).toBe(2_501)
  })
})
