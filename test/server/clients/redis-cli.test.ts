import { once } from 'node:events'
import { startServer } from 'onetrip/server'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startProgram } from '../../helpers/child-process.ts'
import { connectRaw, encodeRequest } from '../helpers/raw-client.ts'
import { describeTool, runTool } from '../helpers/redis-tools.ts'
import { scriptFile } from '../helpers/script-file.ts'

describeTool('cli', (program) => {
  let server: Awaited<ReturnType<typeof startServer>>
  beforeEach(async () => {
    server = await startServer()
  })
  afterEach(() => server.close())

  /** Returns what redis-cli writes. */
  async function cli(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await runTool(program, ['-p', String(server.port), ...args], input)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }

  test('runs commands, in RESP2 and RESP3', async () => {
    expect(await cli(['SET', 'key', 'a b'])).toBe('OK\n')
    expect(await cli(['GET', 'key'])).toBe('a b\n')
    expect(await cli(['--no-raw', 'GET', 'key'])).toBe('"a b"\n')
    expect(await cli(['--no-raw', 'GET', 'absent'])).toBe('(nil)\n')
    await cli(['HSET', 'hash', 'a', '1', 'b', '2'])
    expect(await cli(['--no-raw', 'HGETALL', 'hash'])).toBe('1) "a"\n2) "1"\n3) "b"\n4) "2"\n')
    expect(await cli(['-3', '--no-raw', 'HGETALL', 'hash'])).toBe('1# "a" => "1"\n2# "b" => "2"\n')
    expect(await cli(['-3', '--json', 'HGETALL', 'hash'])).toBe('{"a":"1","b":"2"}\n')
    expect(await cli(['--csv', 'HGETALL', 'hash'])).toBe('"a","1","b","2"\n')
    await cli(['ZADD', 'zset', '1.5', 'one'])
    expect(await cli(['-3', '--no-raw', 'ZSCORE', 'zset', 'one'])).toBe('(double) 1.5\n')
    expect(await cli(['-3', '--no-raw', 'SMEMBERS', 'absent'])).toBe('(empty set)\n')
    expect(await cli(['--no-raw', 'NOSUCHCOMMAND'])).toContain("ERR unknown command 'NOSUCHCOMMAND'")
  })

  test('selects a database, authenticates, and repeats', async () => {
    await cli(['-n', '3', 'SET', 'key', 'value'])
    expect(await cli(['-n', '3', 'GET', 'key'])).toBe('value\n')
    expect(await cli(['EXISTS', 'key'])).toBe('0\n')
    expect(await cli(['-r', '3', 'INCR', 'count'])).toBe('1\n2\n3\n')
    expect(await cli(['-x', 'SET', 'input'], 'from\nthe input')).toBe('OK\n')
    expect(await cli(['GET', 'input'])).toBe('from\nthe input\n')
    await cli(['CONFIG', 'SET', 'requirepass', 'secret'])
    expect(await cli(['GET', 'count'])).toContain('NOAUTH Authentication required.')
    expect(await cli(['--no-auth-warning', '-a', 'secret', 'GET', 'count'])).toBe('3\n')
    expect(
      await cli([
        '--no-auth-warning',
        '-u',
        `redis://default:secret@127.0.0.1:${server.port}/3`,
        'GET',
        'key',
      ]),
    ).toBe('value\n')
  })

  test('runs the lines of its input', async () => {
    const lines = [
      'SET key "a \\"b\\""',
      'GET key',
      'MULTI',
      'INCR n',
      'EXEC',
      '3 INCR n',
      'CLIENT NO-EVICT ON',
    ]
    expect((await cli([], lines.join('\n'))).split('\n')).toEqual([
      'OK',
      'a "b"',
      'OK',
      'QUEUED',
      '1',
      '2',
      '3',
      '4',
      'OK',
      '',
    ])
  })

  test('knows the commands of the server, those of its user included', async () => {
    server.command('GREET', () => 'hello')
    const help = await cli([], ['help GETEX', 'help XGROUP CREATE', 'help GREET'].join('\n'))
    expect(help).toMatch(/GETEX[\s\S]*Returns the string of a key, and sets or removes its expiry/)
    expect(help).toMatch(/XGROUP CREATE[\s\S]*group:\S* stream/)
    expect(help).toMatch(/GREET[\s\S]*A command of your own/)
    expect(await cli(['INFO', 'commandstats'])).toContain('cmdstat_command|docs:calls=1,')
  })

  test('--pipe takes many commands', async () => {
    let input = ''
    for (let n = 0; n < 20_000; n++) input += encodeRequest(['SET', `key:${n}`, n])
    expect(await cli(['--pipe'], input)).toContain('errors: 0, replies: 20000')
    expect(await cli(['DBSIZE'])).toBe('20000\n')
  })

  test('--scan, --bigkeys and --memkeys see all keys', async () => {
    const client = await connectRaw(server.port)
    onTestFinished(() => client.close())
    for (let n = 0; n < 100; n++) await client.send('SET', `key:${n}`, 'x'.repeat(n))
    await client.send('RPUSH', 'list', 1, 2, 3)
    await client.send('XADD', 'stream', '*', 'a', 'b')
    const keys = (await cli(['--scan', '--pattern', 'key:*'])).trim().split('\n')
    expect(keys.sort()).toEqual(Array.from({ length: 100 }, (_, n) => `key:${n}`).sort())
    const big = await cli(['--bigkeys'])
    expect(big).toContain('Biggest string found')
    expect(big).toContain(`'"key:99"' has 99 bytes`)
    expect(big).toContain(`'"list"' has 3 items`)
    expect(await cli(['--memkeys'])).toContain('Sampled 102 keys in the keyspace!')
  })

  test('--latency measures', async () => {
    expect(await cli(['--latency', '--raw', '-i', '0.05'])).toMatch(/^\d+ \d+ \d+\.\d+ \d+\n$/)
  })

  test('subscribes', async () => {
    const child = startProgram(program, ['-p', String(server.port), 'SUBSCRIBE', 'news'])
    onTestFinished(() => {
      child.kill()
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const client = await connectRaw(server.port)
    onTestFinished(() => client.close())
    await expect.poll(() => client.send('PUBLISH', 'news', 'hello')).toBe(':1\r\n')
    await expect.poll(() => output).toContain('message\nnews\nhello\n')
  })

  test('monitors, and ends when the server does', async () => {
    const child = startProgram(program, ['-p', String(server.port), 'MONITOR'])
    const ended = once(child, 'close')
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    const client = await connectRaw(server.port)
    onTestFinished(() => client.close())
    await expect.poll(() => output).toContain('OK')
    await client.send('SET', 'key', '\x01"')
    await expect.poll(() => output).toMatch(/^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "key" "\\x01\\""$/m)
    await server.close()
    await ended
  })

  test('evaluates a script of a file', async () => {
    const [file, remove] = await scriptFile("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
    onTestFinished(remove)
    expect(await cli(['--eval', file, 'key', ',', 'argument'])).toBe('key\nargument\n1\n')
  })
})
