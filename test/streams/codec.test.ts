import { byteFields, jsonFields, Stream, type StreamCodec, textFields } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient } from './every-client.ts'

describeEveryClient('Codecs', (at) => {
  function open<Out, In>(codec: StreamCodec<Out, In>): Stream<Out, In> {
    return at.opened(new Stream<Out, In>(at.redis, 'orders', { codec }))
  }
  /** Adds a message, and returns it as it is read. */
  async function roundTrip<Out, In>(codec: StreamCodec<Out, In>, data: In): Promise<Out> {
    const stream = open(codec)
    const message = await stream.get(await stream.add(data))
    if (!message) throw new Error('no message')
    return message.data
  }

  it('stores text as other clients see it', async () => {
    expect(await roundTrip(textFields, { a: 'x', n: 1.5, big: 2n ** 64n })).toEqual({
      a: 'x',
      n: '1.5',
      big: '18446744073709551616',
    })
    const [[, fields]] = (await at.redis.call('XRANGE', ['orders', '-', '+'])) as [[string, string[]]]
    expect(fields).toEqual(['a', 'x', 'n', '1.5', 'big', '18446744073709551616'])
  })

  it('stores JSON by field, and bytes as they are', async () => {
    const order = { id: 42, items: ['a', 'b'], paid: null, note: undefined, nested: { ok: true } }
    expect(await roundTrip(jsonFields<typeof order>(), order)).toEqual({
      id: 42,
      items: ['a', 'b'],
      paid: null,
      nested: { ok: true },
    })
    const image = Buffer.from([0, 255, 13, 10, 0xf0, 0x28])
    expect(
      await roundTrip(byteFields, { image, part: new Uint8Array(image).subarray(1, 3), name: 'ü' }),
    ).toEqual({ image, part: Buffer.from([255, 13]), name: Buffer.from('ü') })
  })

  it('takes a codec of the user, with several fields of one name', async () => {
    const tags: StreamCodec<string[]> = {
      encode: (names) => names.map((name) => ['tag', name]),
      decode: (fields) => fields.map(([, value]) => value.toString()),
    }
    expect(await roundTrip(tags, ['a', 'b', 'a'])).toEqual(['a', 'b', 'a'])
    expect((await open(textFields).range())[0]?.data).toEqual({ tag: 'a' })
  })

  it.each<[what: string, codec: StreamCodec<never, never>, data: unknown, says: RegExp]>([
    ['no field', textFields as never, {}, /must have at least one field/],
    ['undefined fields only', jsonFields() as never, { a: undefined }, /must have at least one field/],
    [
      'a boolean',
      textFields as never,
      { a: true },
      /field "a" .* a string or a number .*jsonFields.* got true/,
    ],
    ['null', textFields as never, { a: null }, /got null/],
    ['an object', textFields as never, { a: {} }, /got an empty object/],
    ['a number as bytes', byteFields as never, { a: 1 }, /field "a" .* a Uint8Array or a string; got 1/],
    [
      'a function as JSON',
      jsonFields() as never,
      { a() {} },
      /field "a" .* a value that JSON keeps; got the function/,
    ],
    ['a bigint as JSON', jsonFields() as never, { a: 1n }, /BigInt/],
    ['no object', textFields as never, 'text', /must be an object of fields; got 'text'/],
    ['an array', textFields as never, ['a'], /must be an object of fields; got an array/],
    [
      'a codec that returns numbers',
      { encode: () => [['a', 1]], decode() {} } as never,
      {},
      /must return strings/,
    ],
  ])('refuses %s, and adds nothing', async (_, codec, data, says) => {
    const stream = open(codec)
    await expect(stream.add(data as never)).rejects.toThrow(says)
    expect(await stream.length()).toBe(0)
  })

  it('holds up nothing by a message that cannot be decoded', async () => {
    await open(textFields).add({ n: 'not JSON' })
    await open(textFields).add({ n: '2' })
    const [broken, good] = await open(jsonFields<{ n: number }>()).range()
    expect(good?.data).toEqual({ n: 2 })
    expect(broken?.fields.map(([name, value]) => [String(name), String(value)])).toEqual([['n', 'not JSON']])
    for (let time = 0; time < 2; time++) {
      expect(() => broken?.data).toThrow(
        expect.objectContaining({
          reason: 'undecodable',
          message: expect.stringMatching(/^The message \d+-\d+ of the stream "orders" cannot be decoded: /),
          cause: expect.any(SyntaxError),
        }),
      )
    }
  })
})

it('refuses what is not a codec', () => {
  for (const codec of [null, {}, 'json', jsonFields]) {
    expect(() => new Stream('redis://localhost', 'orders', { codec: codec as never })).toThrow(
      /codec must be an object/,
    )
  }
})
