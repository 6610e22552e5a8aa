import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothClients, type BothServers, startBoth } from '../../helpers/both-servers.ts'

const FOREVER = 'while true do end'
const FOREVER_CALLING = "while true do pcall(redis.call, 'PING') end"

describeRedis('a server that is busy with a script, as on Redis', () => {
  let both: BothServers
  let client: BothClients
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  /** Sends a request that has no end. Settles when other clients are told so. */
  async function run(...request: readonly (string | number)[]) {
    client = await both.connect()
    await client.send('CONFIG', 'SET', 'busy-reply-threshold', 20)
    const running = await both.connect()
    running.write(...request)
    for (const one of [client.ours, client.redis])
      await expect.poll(() => one.send('PING')).toMatch(/^-BUSY /)
    return running
  }

  test.each([FOREVER, FOREVER_CALLING])('others are answered BUSY until it is killed: %s', async (script) => {
    const running = await run('EVAL', script, 0)
    running.write('ECHO', 'next')
    await client.send('GET', 'key')
    await client.send('EVAL', 'return 1', 0)
    await client.send('NOSUCH')
    await client.send('FUNCTION', 'STATS')
    await client.send('FUNCTION', 'KILL')
    expect(running.waits).toBe(true)
    expect(await client.send('SCRIPT', 'KILL')).toBe('+OK\r\n')
    expect(await running.reply()).toMatch(/^-ERR Script killed by user/)
    expect(await running.reply()).toBe('$4\r\nnext\r\n')
    expect(await client.send('PING')).toBe('+PONG\r\n')
    expect(await client.send('SCRIPT', 'KILL')).toMatch(/^-NOTBUSY/)
    expect(await client.send('FUNCTION', 'KILL')).toMatch(/^-NOTBUSY/)
  })

  test('a transaction fails, whenever its requests came', async () => {
    client = await both.connect()
    const before = await both.connect()
    const meanwhile = await both.connect()
    await before.pipeline(['MULTI'], ['INCR', 'key'])
    await run('EVAL', FOREVER, 0)
    await meanwhile.pipeline(['MULTI'], ['INCR', 'key'])
    expect(await before.send('EXEC')).toMatch(/^-EXECABORT .*BUSY/)
    await client.send('SCRIPT', 'KILL')
    // Redis notices a little later.
    await expect.poll(() => client.redis.send('PING')).toBe('+PONG\r\n')
    await meanwhile.pipeline(['INCR', 'key'], ['EXEC'])
    expect(await meanwhile.send('GET', 'key')).toBe('$-1\r\n')
    expect(await before.send('PING')).toBe('+PONG\r\n')
  })

  const shutdowns = ['SHUTDOWN', 'SHUTDOWN SAVE', 'SHUTDOWN NOW', 'SHUTDOWN ABORT', 'SHUTDOWN WRONG']
  test.each(shutdowns)('%s does not end it', async (request) => {
    await run('EVAL', FOREVER, 0)
    expect(await client.send(...request.split(' '))).toMatch(/^-/)
    expect(await client.send('PING')).toMatch(/^-BUSY /)
    expect(await client.send('SCRIPT', 'KILL')).toBe('+OK\r\n')
    await expect.poll(() => client.redis.send('PING')).toBe('+PONG\r\n')
  })

  test('a function is killed by FUNCTION KILL', async () => {
    const setUp = await both.connect()
    const body = `redis.register_function('run', function() ${FOREVER} end)`
    await setUp.send('FUNCTION', 'LOAD', 'REPLACE', `#!lua name=shop\n${body}`)
    const running = await run('FCALL', 'run', 1, 'key')
    await client.send('SCRIPT', 'KILL')
    const stats = await Promise.all([client.ours, client.redis].map((one) => one.send('FUNCTION', 'STATS')))
    const [ours, redis] = stats.map((reply) => reply.replace(/(duration_ms\r\n):\d+/, '$1'))
    expect(ours).toBe(redis)
    expect(ours).toContain('duration_ms')
    expect(await client.send('FUNCTION', 'KILL')).toBe('+OK\r\n')
    expect(await running.reply()).toMatch(/^-ERR Script killed by user/)
    expect(await client.send('FUNCTION', 'FLUSH')).toBe('+OK\r\n')
  })

  test('it runs on when its client has gone', async () => {
    const running = await run('EVAL', FOREVER, 0)
    running.ours.close()
    running.redis.close()
    await Promise.all([running.ours.closed, running.redis.closed])
    expect(await client.send('PING')).toMatch(/^-BUSY /)
    expect(await client.send('SCRIPT', 'KILL')).toBe('+OK\r\n')
    await expect.poll(() => client.redis.send('PING')).toBe('+PONG\r\n')
    expect(await client.ours.send('PING')).toBe('+PONG\r\n')
  })
})
