import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'

describeRedis('MONITOR, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  const shown = (line: string) => line.replace(/^\+\d+\.\d{6} /, '').replace(/127\.0\.0\.1:\d+/, 'address')

  async function monitor() {
    const client = await both.connect()
    expect(await client.send('MONITOR')).toBe('+OK\r\n')
    const line = async () => {
      const [ours, redis] = (await Promise.all([client.ours.reply(), client.redis.reply()])).map(shown)
      expect(ours).toBe(redis)
      return ours
    }
    return { client, line }
  }

  test('shows the requests of all clients, with their database and address', async () => {
    const { line } = await monitor()
    const client = await both.connect()
    await client.pipeline(['SELECT', 2], ['set', 'key', 'a"\\\n\x00\xff'], ['INCR', 'key'])
    expect(await line()).toBe('[2 address] "SELECT" "2"\r\n')
    expect(await line()).toBe('[2 address] "set" "key" "a\\"\\\\\\n\\x00\\xff"\r\n')
    expect(await line()).toBe('[2 address] "INCR" "key"\r\n')
  })

  test('shows a transaction when it runs, and hides passwords and what was refused', async () => {
    const { line } = await monitor()
    const client = await both.connect()
    await client.pipeline(
      ['NOSUCH'],
      ['CONFIG', 'GET', 'port*x'],
      ['AUTH', 'default', 'secret'],
      ['MULTI'],
      ['SET', 'key', '1'],
      ['EXEC'],
    )
    expect(await line()).toBe('[0 address] "AUTH" "(redacted)" "(redacted)"\r\n')
    expect(await line()).toBe('[0 address] "MULTI"\r\n')
    expect(await line()).toBe('[0 address] "SET" "key" "1"\r\n')
    expect(await line()).toBe('[0 address] "EXEC"\r\n')
    client.write('HELLO', 2, 'AUTH', 'default', 'secret', 'SETNAME', 'shop')
    expect(await line()).toBe('[0 address] "HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "shop"\r\n')
  })

  test('a client that monitors may not read or write keys, until RESET', async () => {
    const { client, line } = await monitor()
    expect(await client.send('GET', 'key')).toBe("-ERR Replica can't interact with the keyspace\r\n")
    client.write('PING')
    expect(await client.reply()).toBe('+PONG\r\n')
    expect(await line()).toBe('[0 address] "PING"\r\n')
    expect(await client.send('RESET')).toBe('+RESET\r\n')
    expect(await client.send('GET', 'key')).toBe('$-1\r\n')
  })
})
