import { connect } from 'node:net'
import { Redis } from 'ioredis'
import { withRedis } from 'onetrip/testing'
import { expect, test, vi } from 'vitest'
import { LuaEngine } from '../../src/server/scripting/lua-engine.ts'

test('hands a server to a function, returns its result, and closes the server', async () => {
  let port = 0
  const result = await withRedis(async ({ url, server }) => {
    port = server.port
    const redis = new Redis(url)
    await redis.set('a', '1', 'EX', 60)
    server.advance(60_000)
    const gone = await redis.get('a')
    redis.disconnect()
    return gone
  })
  expect(result).toBeNull()
  expect(await isOpen(port)).toBe(false)
})

test('closes the server if the function throws, or rejects', async () => {
  const ports: number[] = []
  await expect(
    withRedis(({ server }) => {
      ports.push(server.port)
      throw new Error('thrown')
    }),
  ).rejects.toThrow('thrown')
  await expect(
    withRedis(async ({ server }) => {
      ports.push(server.port)
      throw new Error('rejected')
    }),
  ).rejects.toThrow('rejected')
  expect(await Promise.all(ports.map(isOpen))).toEqual([false, false])
})

test('each server is empty; options are those of startServer()', async () => {
  const options = { password: 'secret' }
  for (const _ of [1, 2])
    await withRedis(async ({ url }) => {
      expect(url).toContain(':secret@')
      const redis = new Redis(url)
      expect(await redis.incr('visits')).toBe(1)
      redis.disconnect()
    }, options)
})

test('the first script need not wait until its engine is loaded', async () => {
  const create = vi.spyOn(LuaEngine, 'create')
  await withRedis(async ({ url }) => {
    await expect(create.mock.results[0]?.value).resolves.toBeInstanceOf(LuaEngine)
    const redis = new Redis(url)
    expect(await redis.eval('return 1', 0)).toBe(1)
    redis.disconnect()
    expect(create).toHaveBeenCalledOnce()
  })
})

test.each([undefined, { port: 0 }])('refuses %j in the place of the function', async (fn) => {
  await expect(withRedis(fn as never)).rejects.toMatchObject({
    code: 'ERR_ONETRIP_SERVER_OPTION',
    message: 'withRedis() takes a function, and then options of startServer().',
  })
})

test('a server that was closed already is no error', async () => {
  await withRedis(({ server }) => server.close())
})

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
