import { getEventListeners } from 'node:events'
import { Stream, type StreamMessage } from 'onetrip/streams'
import { expect, it } from 'vitest'
import { describeEveryClient, ids } from './every-client.ts'

describeEveryClient('A reader of a stream', (at) => {
  const open = () => at.opened(new Stream(at.redis, 'orders'))
  const untilBlocked = (count: number) => expect.poll(() => at.blocked()).toBe(count)

  it('waits for a message, without holding up other commands of its client', async () => {
    const stream = open()
    const read = stream.read({ after: '$', block: 'forever' })
    await untilBlocked(1)
    const id = await stream.add({ n: 1 })
    expect(ids(await read)).toEqual([id])
    expect(ids(await stream.read({ block: '1m' }))).toEqual([id])
    expect(ids(await stream.read({ block: '1m', count: 1, after: '0-0' }))).toEqual([id])
  })

  it('waits longer than one command blocks, and misses nothing between two of them', async () => {
    const stream = open()
    await stream.add({ n: 0 })
    const read = stream.read({ after: '$', block: 'forever', count: 10 })
    await untilBlocked(1)
    for (let n = 1; n < 10; n++) {
      await untilBlocked(1)
      await at.unblock()
    }
    const id = await stream.add({ n: 1 })
    expect(ids(await read)).toEqual([id])
  })

  it('ends at once by a signal and by close; later reads work, or say that it is closed', async () => {
    const stream = open()
    const stop = new AbortController()
    const read = stream.read({ block: 'forever', signal: stop.signal })
    await untilBlocked(1)
    stop.abort(new Error('the visitor left'))
    await expect(read).rejects.toThrow('the visitor left')
    await expect(stream.read({ block: 'forever', signal: stop.signal })).rejects.toThrow('the visitor left')
    await untilBlocked(0)
    const again = stream.read({ block: 'forever' })
    await untilBlocked(1)
    const closed = expect(again).rejects.toMatchObject({
      code: 'ERR_ONETRIP_CLOSED',
      message: 'The stream "orders" was used after close()',
    })
    await stream.close()
    await closed
    await untilBlocked(0)
    await expect(stream.read()).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    await expect(stream.read({ block: 1 })).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    for await (const message of stream.follow()) expect.unreachable(message.id)
    await stream.close()
  })

  it('follows from the begin, an id, a time and the end', async () => {
    const stream = open()
    for (const n of [1, 2, 3]) await stream.add({ n }, { id: `${n}` })
    const followers = [
      stream.follow(),
      stream.follow({ after: '1' }),
      stream.follow({ from: new Date(2), count: 1 }),
      stream.follow({ after: '$' }),
    ]
    // Followers begin when they are made, not when they are first asked.
    await stream.add({ n: 4 }, { id: '4' })
    await stream.add({ n: 5 }, { id: '5' })
    const seen = await Promise.all(followers.map((follower) => take(follower, 2)))
    expect(seen).toEqual([
      ['1-0', '2-0'],
      ['2-0', '3-0'],
      ['2-0', '3-0'],
      ['4-0', '5-0'],
    ])
  })

  it('gives each of several followers every message, at once', async () => {
    const stream = open()
    const followers = [stream.follow(), stream.follow(), stream.follow()]
    const first = Promise.all(followers.map((follower) => follower.next()))
    await untilBlocked(3)
    const id = await stream.add({ n: 1 })
    expect((await first).map(({ value }) => (value as StreamMessage<unknown>).id)).toEqual([id, id, id])
    const pending = followers.map((follower) => follower.next())
    await untilBlocked(3)
    for (const follower of followers)
      expect(await follower.return?.()).toEqual({ done: true, value: undefined })
    expect(await Promise.all(pending)).toEqual(Array(3).fill({ done: true, value: undefined }))
    await untilBlocked(0)
  })

  it('ends its loop by break, by close, and with the reason of a signal', async () => {
    const stream = open()
    for (let n = 1; n <= 5; n++) await stream.add({ n }, { id: `${n}` })
    const seen: string[] = []
    for await (const { id } of stream.follow()) {
      seen.push(id)
      if (id === '2-0') break
    }
    const stop = new AbortController()
    const loop = async () => {
      for await (const { id } of stream.follow({ after: '2', signal: stop.signal })) {
        seen.push(id)
        if (id === '4-0') stop.abort(new Error('enough'))
      }
    }
    await expect(loop()).rejects.toThrow('enough')
    expect(seen).toEqual(['1-0', '2-0', '3-0', '4-0'])
    for await (const { id } of stream.follow({ after: '4' })) {
      seen.push(id)
      // Another turn, while it waits for the next message.
      void untilBlocked(1).then(() => stream.close())
    }
    expect(seen.at(-1)).toBe('5-0')
  })

  it('ends a pending next by its signal, and releases the signal', async () => {
    const stream = open()
    const stop = new AbortController()
    const next = stream.follow({ signal: stop.signal }).next()
    await untilBlocked(1)
    stop.abort()
    await expect(next).rejects.toMatchObject({ name: 'AbortError' })
    await untilBlocked(0)
    await expect(stream.follow({ signal: stop.signal }).next()).rejects.toMatchObject({ name: 'AbortError' })
    const { signal } = new AbortController()
    await stream.add({ n: 1 }, { signal })
    await stream.read({ signal, block: 'forever' })
    await stream.read({ signal, block: 1, after: '$' })
    expect(getEventListeners(signal, 'abort')).toEqual([])
    await expect(stream.read({ signal: stop as never })).rejects.toThrow(/signal must be an AbortSignal; got/)
  })

  it('goes on behind its last message after its connection was cut', async () => {
    const stream = open()
    await stream.add({ n: 1 }, { id: '1' })
    const follower = stream.follow()
    expect(await take(follower, 1)).toEqual(['1-0'])
    for (let n = 2; n <= 5; n++) {
      const next = take(follower, 1)
      await untilBlocked(1)
      await at.cut()
      // The client of the test was cut, too: its command may be sent twice.
      await expect.poll(() => stream.add({ n }, { id: `${n}` }).catch(String)).toMatch(/-0$|last message/)
      expect(await next).toEqual([`${n}-0`])
    }
    const read = stream.read({ after: '5', block: 'forever' })
    await untilBlocked(1)
    await at.cut()
    await untilBlocked(1)
    await stream.add({ n: 6 }, { id: '6' })
    expect(ids(await read)).toEqual(['6-0'])
  })

  it('reads no further than it is asked to', async () => {
    const stream = open()
    for (let n = 1; n <= 10; n++) await stream.add({ n }, { id: `${n}` })
    const follower = stream.follow({ count: 3 })
    expect((await follower.next()).value).toMatchObject({ id: '1-0' })
    await stream.delete('3', '4')
    // The first three had been fetched, and nothing more.
    expect(await take(follower, 3)).toEqual(['2-0', '3-0', '5-0'])
  })
})

async function take(follower: AsyncIterator<{ id: string }>, count: number): Promise<string[]> {
  const taken: string[] = []
  while (taken.length < count) {
    const { value } = await follower.next()
    taken.push(value.id)
  }
  return taken
}
