import { Stream, StreamSet } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient, ids } from './every-client.ts'

describeEveryClient('StreamSet', (at) => {
  const KEYS = ['a', 'b', 'c']
  /** Adds messages with the ids 1-0 ... 20-0, to three streams in turn. */
  async function twenty(): Promise<StreamSet> {
    for (let n = 1; n <= 20; n++)
      await at.opened(new Stream(at.redis, KEYS[(n - 1) % 3] as string)).add({ n }, { id: `${n}` })
    return at.opened(new StreamSet(at.redis, KEYS))
  }

  it('reads several streams, with a count and an id for each', async () => {
    const set = await twenty()
    expect(ids(await set.read())).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 1}-0`))
    expect(ids(await set.read({ count: 2 }))).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0', '6-0'])
    expect(ids(await set.read({ count: 2 }))).toHaveLength(6)
    expect(ids(await set.read({ after: '17' }))).toEqual(['18-0', '19-0', '20-0'])
    expect(ids(await set.read({ after: { a: '13', b: new Date(14), c: '18-0' } }))).toEqual([
      '16-0',
      '17-0',
      '19-0',
      '20-0',
    ])
    expect(ids(await set.read({ after: { a: '20', c: '20' }, count: 1 }))).toEqual(['2-0'])
    expect(await set.read({ after: '20' })).toEqual([])
    expect(await set.read({ after: '20', block: 1 })).toEqual([])
    expect(ids(await set.read({ after: '18', block: 1 }))).toEqual(['19-0', '20-0'])
    await expect(set.read({ after: { d: '1' } })).rejects.toThrow(/"d" is not one of the streams a, b, c/)
    await expect(set.read({ after: '$' })).rejects.toThrow(/after '\$' there is nothing yet/)
  })

  it('follows several streams', async () => {
    const set = await twenty()
    const follower = set.follow({ after: { a: '$', b: '17', c: '$' } })
    expect((await follower.next()).value).toMatchObject({ stream: 'b', id: '20-0' })
    const next = follower.next()
    await expect.poll(() => at.blocked()).toBe(1)
    await at.opened(new Stream(at.redis, 'c')).add({ n: 21 }, { id: '21' })
    expect((await next).value).toMatchObject({ stream: 'c', id: '21-0', data: { n: '21' } })
    const last = follower.next()
    await expect.poll(() => at.blocked()).toBe(1)
    await set.close()
    expect(await last).toEqual({ done: true, value: undefined })
  })
})

it('needs keys', () => {
  for (const keys of [[], 'a', undefined, ['']] as never[])
    expect(() => new StreamSet('redis://localhost', keys)).toThrow(/StreamSet: (keys must be|a key must be)/)
})
