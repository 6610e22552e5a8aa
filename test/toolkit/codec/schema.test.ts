import { OptionError } from 'onetrip'
import { json, type StandardSchema, schema, text, toolkit } from 'onetrip/toolkit'
import { expect, expectTypeOf, it } from 'vitest'
import { describeRedis, startRedis } from '../../helpers/redis-server.ts'

/** Takes the text of a date, and gives a Date; with a fault for others. */
const date: StandardSchema<string, Date> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'string' && !Number.isNaN(Date.parse(value))
        ? { value: new Date(value) }
        : { issues: [{ message: 'no date', path: ['films', { key: 0 }, 'seen'] }] },
  },
}
const late: StandardSchema<string> = {
  '~standard': { version: 1, vendor: 'test', validate: () => Promise.resolve({ issues: [] }) },
}

it('validates when it writes and when it reads, and gives the result of the schema', () => {
  const codec = schema(date)
  expectTypeOf(codec.decode(Buffer.from('"2026-01-01"'))).toEqualTypeOf<Date>()
  expect(codec.encode('2026-01-01')).toBe('"2026-01-01"')
  expect(codec.decode(Buffer.from('"2026-01-01"'))).toEqual(new Date('2026-01-01'))
  expect(() => codec.encode('soon')).toThrow('The schema refuses the value: films.0.seen: no date')
  expect(() => codec.decode(Buffer.from('7'))).toThrow('no date')
  expect(schema(date, text).encode('2026-01-01')).toBe('2026-01-01')
})

it('refuses a schema that answers later, and what is none', () => {
  expect(() => schema(late).encode('a')).toThrow('validates asynchronously')
  expect(() => schema({} as never)).toThrow(OptionError)
  expect(() => schema(undefined as never)).toThrow('schema takes a Standard Schema')
  expect(() => schema(date, {} as never)).toThrow('encode and decode')
})

describeRedis('a container with a schema', () => {
  it('rejects the call, with a reason', async () => {
    const server = await startRedis()
    const kit = toolkit(server.url)
    const films = kit.hash('films', { codec: schema(date) })
    await films.set('a', '2026-01-01')
    expect(await films.get('a')).toEqual(new Date('2026-01-01'))
    await expect(films.set('a', 'soon')).rejects.toMatchObject({
      reason: 'invalid',
      message: "The hash 'films': The schema refuses the value: films.0.seen: no date",
    })
    await kit.hash('films', { codec: json() }).set('b', 7)
    await expect(films.get('b')).rejects.toMatchObject({
      code: 'ERR_ONETRIP_TOOLKIT',
      reason: 'invalid',
      message:
        "The hash 'films' holds a value that cannot be read: The schema refuses the value: films.0.seen: no date",
      stored: [Buffer.from('7')],
    })
    await kit.close()
    await server.stop()
  })
})
