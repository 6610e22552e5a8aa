import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { MAX_WAITING } from '../../../src/redis/link.ts'
import { type RedisStoreOptions, redisStore } from '../../../src/stores/redis/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { describeRedis, freePort, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { turns } from '../../helpers/turns.ts'

const SECRET = 's3cret-p4ss'

describeRedis('errors of redisStore', () => {
  let server: RedisServer
  let locked: RedisServer
  let full: RedisServer
  /** It stands still, so that a busy server is waited for. */
  const clock = new TestClock()
  const opened: Store[] = []
  const open = (options: RedisStoreOptions) => {
    const store = redisStore(options, clock)
    opened.push(store)
    return store
  }
  beforeAll(async () => {
    server = await startRedis()
    locked = await startRedis(['--requirepass', SECRET])
    full = await startRedis(['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'])
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
  })
  afterAll(() => Promise.all([server.stop(), locked.stop(), full.stop()]))

  const failure = (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => {
        throw new Error('it was no failure')
      },
      (error: Error) => error,
    )

  it('fails with the reason where its database cannot be selected', async () => {
    const store = open({ url: `redis://127.0.0.1:${server.port}/99` })
    for (let n = 0; n < 2; n++) {
      const { message } = await failure(store.setMany([{ key: 'k', value: Buffer.from('v'), ttl: 1_000 }]))
      expect(message).toMatch(/\/99 is not connected: ERR DB index is out of range \(it has no such database/)
    }
    const zero = open({ url: `redis://127.0.0.1:${server.port}` })
    expect(await zero.getMany(['k'])).toEqual([null])
  })

  it('waits until its database is selected, at any moment of the first connection', async () => {
    const store = open({ url: `redis://127.0.0.1:${server.port}/3` })
    let connected = false
    const first = store.getMany(['k']).finally(() => {
      connected = true
    })
    const reads = [first]
    while (!connected) {
      await turns(1)
      // A slow machine has more turns than commands may be under way.
      if (reads.length < MAX_WAITING) reads.push(store.getMany(['k']))
    }
    for (const read of reads) expect(await read).toEqual([null])
  })

  it('names TLS as the likely reason where a plain port does not answer', async () => {
    const store = open({ url: `rediss://127.0.0.1:${server.port}` })
    const { message } = await clock.until(failure(store.getMany(['k'])))
    expect(message).toContain('It was asked for TLS (rediss://): a port that does not speak it is reached by')
  })

  it('names a server that refuses connections', async () => {
    const port = await freePort()
    const store = open({ url: `redis://user:${SECRET}@127.0.0.1:${port}/2` })
    const error = await failure(store.getMany(['a']))
    expect(error).toMatchObject({ name: 'StoreError', code: 'ERR_ONETRIP_STORE' })
    expect(error.message).toMatch(`Redis at 127.0.0.1:${port}/2 is not connected: `)
    expect(error.message).toMatch(/ECONNREFUSED.*is it running\?/)
    expect(error.cause).toBeInstanceOf(Error)
    expect(inspect(error)).not.toContain(SECRET)
  })

  it('gives the reason where none of the addresses of a name answers', async () => {
    const store = open({ host: 'localhost', port: await freePort() })
    expect((await failure(store.clock())).message).toMatch(/ECONNREFUSED/)
  })

  it('says that a host does not exist', async () => {
    const error = await failure(open({ url: 'redis://no-such-host.invalid' }).clock())
    expect(error.message).toMatch(/no-such-host\.invalid:6379.*(ENOTFOUND|EAI_AGAIN).*name of the host/)
  })

  it('says that a password is missing or wrong, and never shows one', async () => {
    const { port } = locked
    const wrong = await failure(open({ url: `redis://:not-${SECRET}@127.0.0.1:${port}` }).getMany(['a']))
    expect(wrong.message).toMatch(/WRONGPASS.*give its password/)
    expect(inspect(wrong, { depth: 9 })).not.toContain(SECRET)
    const missing = await failure(open({ host: '127.0.0.1', port }).getMany(['a']))
    expect(missing.message).toMatch(/NOAUTH.*give its password/)
    const right = open({ url: `redis://:${SECRET}@127.0.0.1:${port}` })
    expect(await right.getMany(['a'])).toEqual([null])
  })

  it('reads a key of another type as absent, and reports the write over it', async () => {
    const store = open({ url: server.url })
    await server.admin.lpush('list', 'x')
    expect(await store.getMany(['list'])).toEqual([null])
    const write = { value: Buffer.from('v'), ttl: 1_000, ifStamp: null }
    const [refused, written] = await store.setMany([
      { key: 'list', ...write },
      { key: 'fine', ...write },
    ])
    expect(written).toBe(true)
    expect(refused).toMatchObject({ code: 'ERR_ONETRIP_STORE' })
    expect(String(refused)).toMatch(/WRONGTYPE.*choose another prefix/)
    const [stamp] = await store.stampMany([{ key: 'list', kind: 'created', ttl: 1_000, onlyAbsent: true }])
    expect(String(stamp)).toMatch(/WRONGTYPE/)
    expect(await server.admin.type('list')).toBe('list')
  })

  it('can replace a value that is not an entry, by the bytes that were read', async () => {
    const store = open({ url: server.url })
    for (const foreign of ['', 'short', 'longer than any head is']) {
      await server.admin.set('foreign', foreign)
      const [found] = await store.getMany(['foreign'])
      const value = Buffer.from('v')
      expect(await store.setMany([{ key: 'foreign', value, ttl: 1_000, ifStamp: null }])).toEqual([false])
      const only = (found as Buffer).subarray(0, 17)
      expect(await store.setMany([{ key: 'foreign', value, ttl: 1_000, ifStamp: only }])).toEqual([true])
    }
  })

  it('returns an Error for each entry where the memory is full', async () => {
    const store = open({ url: full.url })
    const value = Buffer.alloc(200_000)
    const answers = (
      await Promise.all(
        Array.from({ length: 30 }, (_, i) => store.setMany([{ key: `k${i}`, value, ttl: 60_000 }])),
      )
    ).flat()
    const errors = answers.filter((answer) => answer instanceof Error)
    expect(errors.length).toBeGreaterThan(10)
    expect(answers).toContain(true)
    expect(errors[0]?.message).toMatch(/OOM.*raise maxmemory, or set maxmemory-policy to allkeys-lru/)
    await full.admin.config('SET', 'maxmemory', '1mb')
    const [stamp] = await store.stampMany([{ key: 'k0', kind: 'deleted', ttl: 1_000 }])
    expect(stamp).toBeInstanceOf(Error)
    expect(await store.deleteMany(['k0'])).toBe(1)
    expect((await store.getMany(['k1']))[0]).toBeInstanceOf(Buffer)
  })

  it('has no commands and their bytes in causes', async () => {
    await server.admin.call('ACL', 'SETUSER', 'reader', 'on', `>${SECRET}`, '~*', '+@read', '+info', '+hello')
    const store = open({ url: `redis://reader:${SECRET}@127.0.0.1:${server.port}` })
    await store.getMany(['a'])
    const error = await failure(store.setMany([{ key: 'a', value: Buffer.from('page bytes'), ttl: 1_000 }]))
    expect(error.message).toMatch(/NOPERM.*ACL SETUSER/)
    expect(error.cause).not.toHaveProperty('command')
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })

  it('says that the server is a replica, and finds the primary when there is one', async () => {
    const store = open({ url: server.url })
    const entry = { key: 'a', value: Buffer.from('x'), ttl: 1_000 }
    expect(await store.setMany([entry])).toEqual([true])
    await server.admin.call('REPLICAOF', '127.0.0.1', String(await freePort()))
    const [[answer], deleted] = await Promise.all([store.setMany([entry]), failure(store.deleteMany(['a']))])
    expect(String(answer)).toMatch(/READONLY.*it is a replica: connect to the primary/)
    expect(deleted.message).toMatch(/READONLY.*connect to the primary/)
    await server.admin.call('REPLICAOF', 'NO', 'ONE')
    // It reconnected, since the address may lead to another server by now.
    await expect.poll(() => store.setMany([entry]).catch(String)).toEqual([true])
  })

  it('says that the server is busy with a script', async () => {
    const busy = await startRedis(['--busy-reply-threshold', '20'])
    const store = open({ url: busy.url })
    await store.clock()
    const client = new Redis(busy.url)
    await client.ping()
    const loop = client.eval('while true do end', 0).catch((error: Error) => error)
    await expect.poll(() => busy.admin.ping().catch(String)).toMatch(/BUSY/)
    expect((await failure(store.getMany(['a']))).message).toMatch(/BUSY.*it will serve again by itself/)
    await busy.admin.script('KILL')
    await loop
    expect(await store.getMany(['a'])).toEqual([null])
    client.disconnect()
    await busy.stop()
  })

  it('says that the server has no room for another client, and serves when it has', async () => {
    const small = await startRedis(['--maxclients', '2'])
    await small.admin.ping()
    const other = new Redis(small.url)
    await other.ping()
    const store = open({ url: small.url })
    const { message } = await failure(store.getMany(['a']))
    expect(message).toMatch(/is not connected/)
    other.disconnect()
    await expect.poll(() => store.getMany(['a']).catch(String)).toEqual([null])
    await small.stop()
  })

  it('says that the server is part of a cluster', async () => {
    const node = await startRedis(['--cluster-enabled', 'yes'])
    const { message } = await failure(open({ url: node.url }).getMany(['a'])).finally(() => node.stop())
    expect(message).toMatch(/CLUSTERDOWN.*part of the Redis Cluster has no primary/)
  })

  it('closes its own connections, and leaves a client of the application as it was', async () => {
    const count = async () => ((await server.admin.client('LIST')) as string).trim().split('\n').length
    const before = await count()
    const own = redisStore({ url: server.url }, clock)
    await own.clock()
    expect(await count()).toBe(before + 1)
    await own.close()
    await expect.poll(count).toBe(before)

    const client = new Redis(server.url)
    const listeners = () => client.eventNames().map((name) => [name, client.listenerCount(name)])
    await client.ping()
    const was = { listeners: listeners(), options: { ...client.options } }
    const store = redisStore({ client }, clock)
    await store.clock()
    await store.close()
    expect({ listeners: listeners(), options: { ...client.options } }).toEqual(was)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })

  it("says that the application's client was closed", async () => {
    const client = new Redis(server.url)
    const store = open({ client })
    await store.clock()
    client.disconnect()
    await expect.poll(() => client.status).toBe('end')
    expect((await failure(store.getMany(['a']))).message).toMatch(/its client was closed/)
  })
})
