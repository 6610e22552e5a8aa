import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../helpers/both-servers.ts'
import { readReply } from '../helpers/read-reply.ts'

describeRedis('keyspace notifications, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  /** Returns the notifications of what is done while these classes are on. */
  async function notifications(classes: string, ...requests: readonly (readonly (string | number)[])[]) {
    const client = await both.connect()
    const subscriber = await both.connect()
    await client.send('CONFIG', 'SET', 'notify-keyspace-events', classes)
    await subscriber.send('PSUBSCRIBE', '__key*')
    await subscriber.send('SUBSCRIBE', 'end')
    await client.pipeline(...requests, ['PUBLISH', 'end', ''])
    await client.send('CONFIG', 'SET', 'notify-keyspace-events', '')
    const found: string[] = []
    for (;;) {
      const message = readReply(await subscriber.reply()) as string[]
      if (message[0] === 'message') return found
      found.push(message.slice(2).join(' '))
    }
  }

  test('K sends the event to the channel of the key, E the key to that of the event', async () => {
    expect(await notifications('KEA', ['SET', 'key', 'a'], ['EXPIRE', 'key', 100])).toEqual([
      '__keyspace@0__:key set',
      '__keyevent@0__:set key',
      '__keyspace@0__:key expire',
      '__keyevent@0__:expire key',
    ])
    expect(await notifications('Kg', ['SELECT', 2], ['SET', 'key', 'a'], ['DEL', 'key'])).toEqual([
      '__keyspace@2__:key del',
    ])
  })

  test('each class has its letter', async () => {
    const changes = [
      ['SET', 's', 1],
      ['DEL', 's'],
      ['RPUSH', 'l', 1],
      ['SADD', 'set', 1],
      ['HSET', 'h', 'a', 1],
      ['ZADD', 'z', 1, 'a'],
      ['XADD', 'x', '1-1', 'a', 'b'],
    ]
    const classes: Record<string, string[]> = {}
    for (const letter of '$glshzt')
      classes[letter] = await notifications(`E${letter}`, ['FLUSHALL'], ...changes)
    expect(classes).toEqual({
      $: ['__keyevent@0__:set s'],
      g: ['__keyevent@0__:del s'],
      l: ['__keyevent@0__:rpush l'],
      s: ['__keyevent@0__:sadd set'],
      h: ['__keyevent@0__:hset h'],
      z: ['__keyevent@0__:zadd z'],
      t: ['__keyevent@0__:xadd x'],
    })
  })

  test('without K or E nothing is sent; m and n are not part of A', async () => {
    expect(await notifications('A', ['SET', 'key', 1])).toEqual([])
    expect(await notifications('EA', ['GET', 'absent'], ['SET', 'new', 1])).toEqual([
      '__keyevent@0__:set new',
    ])
    expect(await notifications('Em', ['GET', 'absent'])).toEqual(['__keyevent@0__:keymiss absent'])
    expect(await notifications('En', ['SET', 'key', 1], ['SET', 'other', 1])).toEqual([
      '__keyevent@0__:new other',
    ])
  })

  test.each(['EAn', 'nEA', 'EAnm'])(
    'n beside A sends new keys, although it is not listed: %s',
    async (classes) => {
      expect(await notifications(classes, ['SET', 'key', 1], ['SET', 'key', 2])).toEqual([
        '__keyevent@0__:new key',
        '__keyevent@0__:set key',
        '__keyevent@0__:set key',
      ])
    },
  )
})
