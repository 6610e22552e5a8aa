import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { byteFields, ConsumerGroup, jsonFields, Stream, TimeSeries } from 'onetrip/streams'
import { expect, expectTypeOf, it } from 'vitest'

/** Never called: its types are checked with those of all tests. */
async function typed(): Promise<void> {
  const text = new Stream('redis://localhost', 'a')
  await text.add({ a: 'x', n: 1, big: 1n })
  // @ts-expect-error text has no place for a boolean
  await text.add({ a: true })
  expectTypeOf(await text.add({ a: '' })).toEqualTypeOf<string>()
  expectTypeOf(await text.add({ a: '' }, { noMkStream: true })).toEqualTypeOf<string | undefined>()
  expectTypeOf((await text.range())[0]?.data).toEqualTypeOf<Record<string, string> | undefined>()

  interface Order {
    id: number
    items?: string[]
  }
  const orders = new ConsumerGroup('redis://localhost', 'g', 'a', { codec: jsonFields<Order>() })
  // @ts-expect-error an order has an id
  await orders.stream('a').add({})
  for await (const message of orders.follow()) expectTypeOf(message.data).toEqualTypeOf<Order>()

  const bytes = new TimeSeries('redis://localhost', 'g', ['a'], { codec: byteFields })
  await bytes.add('a', { png: new Uint8Array() })
  expectTypeOf((await bytes.read())[0]?.data).toEqualTypeOf<Record<string, Buffer> | undefined>()

  for (const redis of [new Redis5(), new Redis6(), new Cluster5([]), new Cluster6([])]) new Stream(redis, 'a')
}

it('has types for its data, and takes clients of both versions of ioredis', () => {
  expect(typed).toBeTypeOf('function')
})
