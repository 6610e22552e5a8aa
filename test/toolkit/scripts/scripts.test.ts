import { expect, expectTypeOf, it } from 'vitest'
import { all, describeEveryKit, reason } from '../every-kit.ts'

describeEveryKit('cas', (at) => {
  it('compares the whole value: a prefix is not enough', async () => {
    const kit = at.kit()
    const value = kit.value<string>('v')
    await value.set('v1')
    expect(await kit.cas('v', 'v1', 'v1-x')).toBe(true)
    expect(await kit.cas('v', 'v2', 'v3')).toBe(false)
    expect(await kit.cas('v', 'v1-', 'v2')).toBe(false)
    expect(await kit.cas('v', '', 'v2')).toBe(false)
    expect(await value.get()).toBe('v1-x')
    expect(await kit.cas('v', 'v1-x', 'v2')).toBe(true)
    expect(await kit.cas('v', 'v1', 'v3')).toBe(false)
  })

  it('tells no value from null, and keeps the life of a value', async () => {
    const kit = at.kit()
    expect(await kit.cas('v', null, 1)).toBe(false)
    expect(await kit.cas('v', undefined, null)).toBe(true)
    expect(await kit.cas('v', undefined, 1)).toBe(false)
    await kit.value('v').expire('1h')
    expect(await kit.cas('v', null, { n: 1 })).toBe(true)
    expect(await kit.value('v').ttl()).toBeLessThanOrEqual(3_600_000)
    expect(await kit.cas('v', { n: 1 }, { n: 2 })).toBe(true)
    await expect(kit.cas('v', 1, undefined)).rejects.toThrow('A value must be')
  })

  it('loses no step of 100 callers that try until it succeeds', async () => {
    const kit = at.kit()
    const value = kit.value<number>('n')
    await value.set(0)
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        for (;;) {
          const now = await value.get()
          if (await kit.cas('n', now, (now ?? 0) + 1)) return
        }
      }),
    )
    expect(await value.get()).toBe(100)
  })

  it('names the key where it holds something else', async () => {
    const kit = at.kit()
    await kit.list('v').push(1)
    await expect(kit.cas('v', 1, 2)).rejects.toEqual(reason('wrong-type'))
  })
})

describeEveryKit('script', (at) => {
  const TRANSFER = `
    local amount = tonumber(ARGV[1])
    if tonumber(redis.call('GET', KEYS[1]) or 0) < amount then return redis.error_reply('ERR too little') end
    redis.call('DECRBY', KEYS[1], amount)
    return redis.call('INCRBY', KEYS[2], amount)`

  it('runs own scripts, typed, with prefixed keys', async () => {
    const kit = at.kit({ prefix: '{bank}:' })
    const transfer = kit.script(TRANSFER, {
      keys: ['from', 'to'],
      encode: (amount: number) => [amount],
      read: Number,
    })
    await kit.counter('ann').set(100)
    const moved = transfer({ from: 'ann', to: 'bob' }, 30)
    expectTypeOf(moved).toEqualTypeOf<Promise<number>>()
    expect(await moved).toBe(30)
    expect(await kit.counter('ann').get()).toBe(70)
    await expect(transfer({ from: 'ann', to: 'bob' }, 71)).rejects.toThrow('too little')
    // @ts-expect-error it has another key
    await expect(transfer({ from: 'ann' }, 1)).rejects.toThrow('the key to must be a string')
  })

  it('passes text, numbers and bytes, and runs in a batch', async () => {
    const kit = at.kit()
    const echo = kit.script('return ARGV', { keys: ['key'] })
    const bytes = Uint8Array.of(0, 255)
    expect(await echo({ key: 'a' }, 'x', 1.5, 7n, bytes)).toEqual(
      ['x', '1.5', '7', Buffer.from(bytes)].map((one) => Buffer.from(one as string)),
    )
    await expect(echo({ key: 'a' }, {} as never)).rejects.toThrow('An argument of a script must be')
    const one = await kit.transaction((batch) =>
      batch.script('return 1', { keys: ['key'], read: Number })({ key: 'a' }),
    )
    expect(one).toBe(1)
  })

  it('refuses what is no script', () => {
    const kit = at.kit()
    expect(() => kit.script('')).toThrow('the text must be a string')
    expect(() => kit.script('return 1', { keys: 'a' } as never)).toThrow('must be an array of names')
    expect(() => kit.script('return 1', { read: 7 } as never)).toThrow('read must be a function')
  })
})

describeEveryKit('open and keys', (at) => {
  it('opens each type of container by its name', async () => {
    const kit = at.kit({ prefix: 'kit:' })
    await kit.hash('hash').set('a', 1)
    await kit.list('list').push(1)
    await kit.set('set').add(1)
    await kit.sortedSet('sorted').add('a', 1)
    await kit.value('value').set(1)
    const names = ['hash', 'list', 'set', 'sorted', 'value', 'none']
    const opened = await Promise.all(names.map((name) => kit.open(name)))
    expect(opened.map((one) => one?.constructor.name)).toEqual([
      'Hash',
      'List',
      'RedisSet',
      'SortedSet',
      'Value',
      undefined,
    ])
    expect(opened[0]?.key).toBe('kit:hash')
    await at.redis.call('XADD', ['kit:stream', '*', 'a', 'b'])
    await expect(kit.open('stream')).rejects.toThrow('use Stream of onetrip/streams')
  })

  it('yields the names of all keys, those that match, and none of others', async () => {
    const kit = at.kit({ prefix: 'kit[1]*:' })
    const names = Array.from({ length: 2_500 }, (_, n) => `n${n}`)
    await kit.pipeline((batch) => names.map((name) => batch.counter(name).increment()))
    await at.kit().counter('other').increment()
    await kit.counter('žydrūnas').increment()
    expect((await all(kit.keys())).sort()).toEqual([...names, 'žydrūnas'].sort())
    expect((await all(kit.keys('n1?'))).sort()).toEqual(names.filter((name) => /^n1.$/.test(name)))
    await expect(all(kit.keys(7 as never))).rejects.toThrow('pattern must be a string')
  })
})
