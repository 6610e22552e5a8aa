import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type RedisStoreOptions, redisStore } from '../../../../src/stores/redis/index.ts'
import type { Following, Store } from '../../../../src/stores/store.ts'
import { type FaultProxy, startFaultProxy } from '../../../helpers/fault-proxy.ts'
import { describeRedis, onlyOnRedis, type RedisServer, startRedis } from '../../../helpers/redis-server.ts'
import { steadyClock } from '../../../helpers/steady-clock.ts'
import { Recorder } from './recorder.ts'

const write = (key: string, value = '1') => ({ key, value: Buffer.from(value), ttl: 60_000 })

describeRedis('a store that is followed by its log', () => {
  let server: RedisServer
  let proxy: FaultProxy
  const clock = steadyClock()
  const open: (Store | Following)[] = []
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
  })
  beforeEach(() => server.admin.flushall())
  afterEach(async () => {
    proxy.set()
    await Promise.all(open.splice(0).map((one) => one.close()))
  })
  afterAll(async () => {
    await proxy.close()
    await server.stop()
  })

  function storeOn(options: RedisStoreOptions = {}): Store {
    const store = redisStore({ url: server.url, log: true, ...options } as RedisStoreOptions, clock)
    open.push(store)
    return store
  }

  /** Follows from now on. */
  async function follow(store = storeOn(), prefix = ''): Promise<Recorder> {
    const recorder = new Recorder()
    const following = store.followLog?.(recorder, { prefix, every: 50 })
    if (following) open.push(following)
    await recorder.begins()
    return recorder
  }

  const through = (more: RedisStoreOptions = {}) =>
    storeOn({ url: `redis://127.0.0.1:${proxy.port}`, ...more } as RedisStoreOptions)

  /** Waits until a write of another process is reported. */
  async function isReported(recorder: Recorder, writer = storeOn()): Promise<void> {
    recorder.events.length = 0
    await writer.setMany([write('heard')])
    await recorder.hears('heard')
  }

  it('reports what is written, stamped and deleted, and nothing that is not', async () => {
    const writer = storeOn({ keyPrefix: 'é:' })
    const recorder = await follow(storeOn({ keyPrefix: 'é:' }))
    await storeOn().setMany([write('elsewhere')])
    await writer.setMany([write('a'), write('b"\\\n\u0000ü')])
    await writer.setMany([{ ...write('a'), ifStamp: null }, { ...write('a'), notAfter: 1 }, write('c')])
    await writer.stampMany([{ key: 't', kind: 'created', ttl: 1_000 }])
    await writer.stampMany([{ key: 't', kind: 'created', ttl: 1_000, onlyAbsent: true }])
    await writer.stampMany([{ key: 'u', kind: 'invalidated', ttl: 1_000 }])
    await writer.touchMany([{ key: 'a', ttl: 100_000 }])
    expect(await writer.deleteMany(['a', 'absent'])).toBe(1)
    await recorder.hears('absent')
    await writer.clear('')
    await recorder.hears('all changed')
    expect(recorder.events).toEqual(['a', 'b"\\\n\u0000ü', 'c', 't', 'u', 'a', 'absent', 'all changed'])
  })

  it('reports only keys with the prefix', async () => {
    const recorder = await follow(storeOn(), 'shop:')
    await storeOn().setMany([write('a'), write('shop:a'), write('b'), write('shop:b')])
    await recorder.hears('shop:b')
    expect(recorder.events).toEqual(['shop:a', 'shop:b'])
  })

  it('goes on at its last entry after a lost connection', async () => {
    const recorder = await follow(through())
    const writer = storeOn()
    await writer.setMany([write('before')])
    await recorder.hears('before')
    await proxy.refuse()
    await expect.poll(() => recorder.isFollowing).toBe(false)
    for (let n = 0; n < 700; n++) await writer.setMany([write(`away ${n}`)])
    await proxy.accept()
    await recorder.hears('following')
    await isReportedAfter(recorder, writer)
    expect(recorder.events).not.toContain('all changed')
    expect(recorder.events.filter((event) => event.startsWith('away'))).toEqual(
      Array.from({ length: 700 }, (_, n) => `away ${n}`),
    )
    // What was written meanwhile is reported first.
    expect(recorder.events.indexOf('following')).toBeGreaterThan(recorder.events.indexOf('away 699'))
  })

  it('reports all keys if the log was trimmed past its last entry', async () => {
    const recorder = await follow(through())
    const writer = storeOn({ log: { maxLength: 100 } })
    await proxy.refuse()
    await expect.poll(() => recorder.isFollowing).toBe(false)
    for (let n = 0; n < 400; n++) await writer.setMany([write(`away ${n}`)])
    await proxy.accept()
    await recorder.hears('following')
    expect(recorder.events.slice(-2)).toEqual(['all changed', 'following'])
    await isReported(recorder, writer)
    expect(recorder.events).toEqual(['heard'])
  })

  it.each([
    ['removed', () => server.admin.del('onetrip:log')],
    ['emptied with the database', () => server.admin.flushall()],
    ['trimmed to nothing', () => server.admin.xtrim('onetrip:log', 'MAXLEN', 0)],
  ])('reports all keys if the log was %s, and goes on', async (_name, lose) => {
    const recorder = await follow()
    await isReported(recorder)
    recorder.events.length = 0
    await lose()
    await recorder.hears('all changed')
    await isReported(recorder)
    expect(recorder.events).toEqual(['heard'])
  })

  it('reports all keys if the log was replaced by a longer one while it was away', async () => {
    const recorder = await follow(through())
    const writer = storeOn()
    for (let n = 0; n < 5; n++) await writer.setMany([write(`${n}`)])
    await recorder.hears('4')
    await proxy.refuse()
    await server.admin.flushall()
    for (let n = 0; n < 20; n++) await writer.setMany([write(`${n}`)])
    recorder.events.length = 0
    await proxy.accept()
    await recorder.hears('following')
    expect(recorder.events.slice(-2)).toEqual(['all changed', 'following'])
  })

  it('reports all keys for an entry that something else has added, and goes on', async () => {
    const [recorder, writer] = [await follow(), storeOn()]
    for (const fields of [
      ['field', 'value'],
      ['n', 'none', 'written', '["a"]'],
      ['n', '7', 'written', '["a"]'],
    ]) {
      recorder.events.length = 0
      await server.admin.xadd('onetrip:log', '*', ...fields)
      await recorder.hears('all changed')
      // The entry after it continues no number, and reports all keys, too.
      const heard = async () => {
        await writer.setMany([write('heard')])
        return recorder.events
      }
      await expect.poll(heard).toContain('heard')
    }
  })

  it('reports all keys after a restart of the server', async () => {
    const recorder = await follow()
    await server.restart()
    await recorder.hears('following')
    expect(recorder.events.slice(-2)).toEqual(['all changed', 'following'])
    const writer = storeOn()
    await expect.poll(() => writer.clock().catch(String)).toBeTypeOf('number')
    await isReported(recorder, writer)
  })

  onlyOnRedis('replicas')(
    'does not follow a server that became a replica, until it is a primary again',
    async () => {
      const primary = await startRedis()
      try {
        const recorder = await follow()
        await server.admin.replicaof('127.0.0.1', primary.port)
        await recorder.hears(/^lost/)
        await expect.poll(() => server.admin.info('replication')).toMatch('master_link_status:up')
        expect(recorder.isFollowing).toBe(false)
        await server.admin.replicaof('NO', 'ONE')
        await recorder.hears('following')
        expect(recorder.events).toContain('all changed')
        await isReported(recorder)
      } finally {
        await server.admin.replicaof('NO', 'ONE')
        await primary.stop()
      }
    },
  )

  it('keeps about maxLength entries, and neither lists nor removes the log', async () => {
    const store = storeOn({ log: { key: 'site:log', maxLength: 100 } })
    const recorder = await follow(store)
    for (let n = 0; n < 600; n++) await store.setMany([write(`${n}`)])
    await recorder.hears('599')
    expect(await server.admin.xlen('site:log')).toBeLessThanOrEqual(300)
    const listed: string[] = []
    for await (const key of store.keys?.('') ?? []) listed.push(key)
    expect(listed.length).toBe(600)
    await store.clear('')
    expect(await server.admin.keys('*')).toEqual(['site:log'])
    expect(await server.admin.exists('onetrip:log')).toBe(0)
  })

  it('adds an entry with at most 64 keys for one script', async () => {
    const recorder = await follow()
    await storeOn().setMany(Array.from({ length: 200 }, (_, n) => write(`${n}`)))
    await recorder.hears('199')
    const entries = await server.admin.xrevrange('onetrip:log', '+', '-', 'COUNT', 4)
    const sizes = entries.map(([, [, , , names]]) => JSON.parse(names ?? '').length)
    expect(sizes.reverse()).toEqual([64, 64, 64, 8])
  })

  it('reports what is deleted in a full Redis', async () => {
    const recorder = await follow()
    const writer = storeOn()
    await writer.setMany([write('a')])
    await server.admin.config('SET', 'maxmemory', '1')
    try {
      const [full] = await writer.stampMany([{ key: 'a', kind: 'invalidated', ttl: 1_000 }])
      expect(String(full)).toMatch(/OOM/)
      recorder.events.length = 0
      expect(await writer.deleteMany(['a'])).toBe(1)
      await recorder.hears('a')
      recorder.events.length = 0
      await writer.clear('')
      await recorder.hears('all changed')
    } finally {
      await server.admin.config('SET', 'maxmemory', '0')
    }
  })

  it('fails writes, and reports why, if the key of the log has another type', async () => {
    await server.admin.set('onetrip:log', 'x')
    const store = storeOn()
    const recorder = new Recorder()
    const following = store.followLog?.(recorder, { prefix: '', every: 50 })
    if (following) open.push(following)
    await recorder.hears(/^lost: Redis at .* refuses to log or to tell changes: WRONGTYPE/)
    await expect(store.setMany([write('a')])).rejects.toThrow(/WRONGTYPE/)
    await expect(store.deleteMany(['a'])).rejects.toThrow(/WRONGTYPE/)
    await expect(store.clear('')).rejects.toThrow(/WRONGTYPE/)
  })

  onlyOnRedis('ACL').each([
    ['xadd', /user executing the script can't run .*such as XADD.*allow it by ACL SETUSER/],
    ['xread', /NOPERM.*xread.*allow it by ACL SETUSER/],
    ['xrange', /NOPERM.*xrange.*allow it by ACL SETUSER/],
  ])('reports that its user may not %s', async (command, reason) => {
    const rules = ['on', '>weak', '~*', '&*', '+@all', `-${command}`]
    await server.admin.call('ACL', 'SETUSER', `not-${command}`, ...rules)
    const store = storeOn({ url: `redis://not-${command}:weak@127.0.0.1:${server.port}` })
    const recorder = new Recorder()
    const following = store.followLog?.(recorder, { prefix: '', every: 50 })
    if (following) open.push(following)
    await recorder.hears(
      new RegExp(`^lost: Redis at .* refuses to log or to tell changes: .*${reason.source}`),
    )
    expect(recorder.isFollowing).toBe(false)
    const writing = store.setMany([write('a')])
    if (command === 'xadd') await expect(writing).rejects.toThrow(reason)
    else expect(await writing).toEqual([true])
  })

  it('opens its connection again, and trusts no position, after a damaged reply', async () => {
    const recorder = await follow(through())
    let damaged = 0
    proxy.set({
      reply: (reply, command) => {
        if (!/xread/i.test(command) || !reply.includes('["hurt"]')) return reply
        damaged++
        return Buffer.from('*1\r\n*2\r\n$3\r\nlog\r\n:3\r\n')
      },
    })
    await storeOn().setMany([write('hurt')])
    await recorder.hears(/tells no changes: its reply is damaged/)
    await recorder.hears('following')
    expect(damaged).toBe(1)
    expect(recorder.events).toContain('all changed')
    proxy.set()
    await isReported(recorder)
  })

  it('reports that everything is told while nothing is written, and not while the server is silent', async () => {
    const recorder = await follow()
    clock.advance(1_000)
    const now = clock.now()
    await expect.poll(() => recorder.told).toBe(now)
    server.pause()
    try {
      clock.advance(1_000)
      expect(recorder.told).toBe(now)
      // A silent peer is given up.
      clock.advance(5_000)
      await recorder.hears(/^lost/)
    } finally {
      server.resume()
    }
    await recorder.hears('following')
    expect(recorder.told).toBeGreaterThan(now)
  })

  it('is followed once, by the log or by tracking', async () => {
    const store = storeOn()
    const options = { prefix: '', every: 50 }
    const recorder = new Recorder()
    const following = store.followLog?.(recorder, options)
    if (following) open.push(following)
    expect(() => store.follow?.(recorder, options)).toThrow(/make a redisStore for each/)
    expect(() => store.followLog?.(recorder, options)).toThrow(/make a redisStore for each/)
    expect(storeOn({ log: false }).followLog).toBe(undefined)
  })

  it('checks its options', () => {
    const make = (log: unknown) => () => redisStore({ log } as never)
    expect(make('yes')).toThrow(/log must be true, false, or an object such as .*; got 'yes'/)
    expect(make({ size: 1 })).toThrow(/no option "size"/)
    expect(make({ key: '' })).toThrow(/log\.key must be a string that is not empty/)
    expect(make({ maxLength: 99 })).toThrow(/log\.maxLength must be a whole number from 100/)
  })

  /** Waits for one more write, and keeps the events before it. */
  async function isReportedAfter(recorder: Recorder, writer: Store): Promise<void> {
    await writer.setMany([write('last')])
    await recorder.hears('last')
  }
})
