import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from './redis-server.ts'

describeRedis('startRedis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('counts commands, without its own', async () => {
    await server.admin.set('a', '1')
    await server.resetStats()
    await server.admin.mget('a', 'b')
    expect(await server.commandStats()).toEqual({ mget: 1 })
  })

  it('is there again after a kill, empty, on the same port, and the admin client finds it', async () => {
    const { pid } = server
    await server.kill()
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await server.admin.get('a')).toBeNull()
  })

  it('does not answer while it is paused', async () => {
    server.pause()
    const answered = vi.fn()
    const answer = server.admin.ping().finally(answered)
    // Another one does meanwhile.
    const other = await startRedis()
    for (let n = 0; n < 20; n++) await other.admin.ping()
    await other.stop()
    expect(answered).not.toHaveBeenCalled()
    server.resume()
    expect(await answer).toBe('PONG')
  })

  it('passes arguments on, and says what the server printed when it does not start', async () => {
    const small = await startRedis(['--maxmemory', '2mb'])
    expect(await small.admin.config('GET', 'maxmemory')).toEqual(['maxmemory', '2097152'])
    await small.stop()
    await expect(startRedis(['--no-such-setting', '1'])).rejects.toThrow(/no-such-setting/)
  })
})
