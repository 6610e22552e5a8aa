import { startServer } from 'onetrip/server'
import { expect, onTestFinished, test } from 'vitest'
import { connectRaw } from '../helpers/raw-client.ts'
import { describeTool, runTool } from '../helpers/redis-tools.ts'

describeTool('benchmark', (program) => {
  test.each([
    ['all its tests', []],
    ['all its tests in pipelines', ['-P', '16', '-r', '1000']],
    ['all its tests in RESP3', ['-3', '-d', '100']],
  ])('runs %s', async (_name, options) => {
    const server = await startServer()
    onTestFinished(() => server.close())
    const { code, stdout, stderr } = await runTool(program, [
      ...['-p', String(server.port), '-n', '1000', '-c', '10', '--csv', ...options],
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const names = stdout.split('\n').map((line) => line.split(',')[0])
    for (const name of [
      ...[
        'PING_INLINE',
        'PING_MBULK',
        'SET',
        'GET',
        'INCR',
        'LPUSH',
        'RPUSH',
        'LPOP',
        'RPOP',
        'SADD',
        'HSET',
      ],
      ...['SPOP', 'ZADD', 'ZPOPMIN', 'LRANGE_100 (first 100 elements)', 'MSET (10 keys)'],
    ])
      expect(names).toContain(`"${name}"`)
  })

  test('runs the tests of a list in pipelines, and answers each request', async () => {
    const server = await startServer()
    onTestFinished(() => server.close())
    const { code, stdout, stderr } = await runTool(program, [
      ...['-p', String(server.port), '-n', '4000', '-c', '10', '-P', '16', '--csv'],
      ...['-t', 'set,get,incr,zadd,mset'],
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trim().split('\n').slice(1)
    expect(lines.map((line) => line.split(',')[0])).toEqual([
      ...['"SET"', '"GET"', '"INCR"', '"ZADD"', '"MSET (10 keys)"'],
    ])
    const client = await connectRaw(server.port)
    const stats = await client.send('INFO', 'commandstats')
    client.close()
    for (const name of ['set', 'get', 'incr', 'zadd', 'mset']) {
      const calls = Number(new RegExp(`cmdstat_${name}:calls=(\\d+),`).exec(stats)?.[1])
      expect(calls, name).toBeGreaterThanOrEqual(4_000)
      expect(stats, name).toMatch(new RegExp(`cmdstat_${name}:.*rejected_calls=0,failed_calls=0`))
    }
  })

  test('runs a command of its user', async () => {
    const server = await startServer()
    onTestFinished(() => server.close())
    const args = ['-p', String(server.port), '-n', '1000', '-c', '10', '-r', '100', '-q']
    const { code, stdout } = await runTool(program, [...args, 'XADD', 'stream:__rand_int__', '*', 'a', 'b'])
    expect(code).toBe(0)
    expect(stdout).toContain('requests per second')
  })
})
