import { once } from 'node:events'
import { connect } from 'node:net'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts'
import { PATIENT } from '../helpers/patient.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { Load } from './load.ts'
import { Site } from './site-process.ts'
import { answering, cutAfter, delayed, garbled, neverAnswered, tooShort, truncated } from './wire-faults.ts'

/**
 * That the tools of this suite do what they say: a fault that does not happen would be survived by
 * everybody.
 */
describeRedis('the proxy', () => {
  let server: RedisServer
  let proxy: FaultProxy
  let client: Redis
  beforeEach(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
    client = new Redis(proxy.port, '127.0.0.1', { retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    await client.mset('a', 'first', 'b', 'second')
  })
  afterEach(async () => {
    client.disconnect()
    await proxy.close()
    expect(proxy.connections).toBe(0)
    await server.stop()
  })
  const mget = () => client.mget('a', 'b')

  it('passes everything, and leaves no socket', async () => {
    expect(await mget()).toEqual(['first', 'second'])
    expect(proxy.connections).toBe(1)
    expect(proxy.struck).toBe(0)
  })

  it('delays, and keeps the order when it stops', async () => {
    proxy.set(delayed(30))
    const slow = client.get('a')
    proxy.set()
    expect(await Promise.all([slow, client.get('b')])).toEqual(['first', 'second'])
    // Longer than any test: what was asked is not even sent.
    await server.resetStats()
    proxy.set(delayed(600_000))
    const never = client.get('a').catch(() => 'failed')
    await server.admin.get('b')
    expect(await server.commandStats()).toEqual({ get: 1 })
    proxy.reset()
    expect(await never).toBe('failed')
  })

  it('refuses, and accepts at the same port', async () => {
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
    await Promise.all([ended, proxy.refuse()])
    const [error] = (await once(connect(proxy.port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
    await proxy.accept()
    await client.connect()
    expect(await mget()).toEqual(['first', 'second'])
  })

  it('resets in the middle of a reply', async () => {
    const socket = connect(proxy.port, '127.0.0.1')
    proxy.set(cutAfter(9))
    socket.write('*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n')
    let read = ''
    socket.on('data', (chunk) => {
      read += chunk
    })
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
    expect(read).toBe('*2\r\n$5\r\nf')
  })

  it('never answers', async () => {
    proxy.set(neverAnswered)
    const answer = mget().catch(() => 'failed')
    await expect.poll(() => proxy.struck).toBe(1)
    proxy.reset()
    expect(await answer).toBe('failed')
  })

  it('answers each command with an error, after those that came before', async () => {
    const before = client.get('a')
    await before
    proxy.set(answering('LOADING not yet'))
    const answers = await Promise.allSettled([client.get('a'), client.get('b'), client.ping()])
    expect(answers.map((answer) => String((answer as PromiseRejectedResult).reason))).toEqual(
      new Array(3).fill('ReplyError: LOADING not yet'),
    )
    expect(proxy.struck).toBe(3)
    proxy.set()
    expect(await mget()).toEqual(['first', 'second'])
  })

  it('changes replies', async () => {
    proxy.set(tooShort)
    expect(await mget()).toEqual(['first'])
    // The place is a part of the reply, and the bit a part of 8.
    proxy.set(garbled(() => 0.45))
    expect(await mget()).not.toEqual(['first', 'second'])
    proxy.set(truncated(() => 0.5, 3))
    expect(await mget().catch(() => 'failed')).not.toEqual(['first', 'second'])
    expect(proxy.struck).toBe(1)
  })
})

/** Without a secret nobody looks at the bytes of a body: so this site does show wrong pages. */
describeRedis('the load', () => {
  let server: RedisServer
  let proxy: FaultProxy
  let site: Site
  beforeEach(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
    site = await Site.start({ ...PATIENT, redis: { url: `redis://127.0.0.1:${proxy.port}` } })
  })
  afterEach(async () => {
    await site.close()
    await proxy.close()
    await server.stop()
  })

  it('sees a page that is wrong', async () => {
    for (let n = 0; n < 10; n++) await site.page(n)
    proxy.set({
      reply: (reply, command) => {
        const at = reply.lastIndexOf('article')
        if (command !== 'mget' || at < 0) return reply
        const wrong = Buffer.from(reply)
        wrong.write('particle', at)
        return wrong
      },
    })
    const load = new Load(site.url)
    await load.served(200)
    const { wrong, failed } = await load.stop()
    expect(wrong).toBeGreaterThan(5)
    expect(failed).toBe(0)
    expect(load.firstProblem).toContain('is wrong')
  })

  it('sees a page that fails', async () => {
    const load = new Load(site.url)
    await load.served(50)
    site.process.kill('SIGKILL')
    await expect.poll(() => load.firstProblem).toBeDefined()
    const { failed } = await load.stop()
    expect(failed).toBeGreaterThan(0)
    expect(load.firstProblem).toMatch(/ECONN|status/)
  })
})
