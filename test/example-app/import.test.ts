import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { startProgram } from '../helpers/child-process.ts'
import { describeRedis, freePort, startRedis } from '../helpers/redis-server.ts'
import { Reel } from './reel-process.ts'

const PROGRAM = join(resolve(import.meta.dirname, '../../example-app'), 'import.js')

/** @returns the output of the import */
async function runImport(url?: string): Promise<string> {
  const child = startProgram(process.execPath, [PROGRAM], {
    env: { PATH: process.env.PATH, REEL_DB: ':memory:', ...(url && { REDIS_URL: url }) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += text
    })
  const [code] = await once(child, 'close')
  expect(code, output).toBe(0)
  return output
}

describeRedis('the import of the example app', () => {
  test('runs at one server at a time, and gives the lock back', async () => {
    const redis = await startRedis()
    expect(await runImport(redis.url)).toBe('3201 films were imported.\n')
    expect(await redis.admin.exists('reel:lock:{import}')).toBe(0)
    expect(await redis.admin.hexists('reel:search', 'index')).toBe(1)
    await redis.admin.set('reel:lock:{import}', 'another server')
    expect(await runImport(redis.url)).toBe('Another server imports the films.\n')
    await redis.stop()
  })

  test('shows in searches at once, whose results were kept', async () => {
    const redis = await startRedis()
    const reel = await Reel.start('fastify.js', { REDIS_URL: redis.url })
    const path = '/search?q=godfather'
    await reel.warm(path)
    await runImport(redis.url)
    await expect.poll(async () => (await reel.get(path)).cost).toMatch(/misses=[^0]/)
    await reel.stop()
    await redis.stop()
  })

  test('runs without Redis, and while Redis is away', async () => {
    expect(await runImport()).toBe('3201 films were imported.\n')
    const output = await runImport(`redis://127.0.0.1:${await freePort()}`)
    expect(output).toContain('The import runs without a lock: ')
    expect(output).toContain('3201 films were imported.')
  })
})
