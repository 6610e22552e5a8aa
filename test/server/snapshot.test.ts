import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Redis } from 'ioredis'
import { type ServerOptions, startServer } from 'onetrip/server'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { describeRedis, startRedis } from '../helpers/redis-server.ts'

let folder: string
let save: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onetrip-snapshot-'))
  save = join(folder, 'keys.rdb')
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

/** Runs a function with a server, and closes it. */
async function withServer(
  fn: (redis: Redis, server: Awaited<ReturnType<typeof startServer>>) => Promise<unknown>,
  options: ServerOptions = {},
): Promise<void> {
  const server = await startServer({ save, ...options })
  const redis = new Redis(server.url, { retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await fn(redis, server)
  } finally {
    redis.disconnect()
    await server.close()
  }
}

async function writeOneOfEach(redis: Redis): Promise<void> {
  await redis.set('string', Buffer.from([0, 255, 13, 10]))
  await redis.set('number', 12345, 'EX', 1_000)
  await redis.rpush('list', 'a', 'b', 'x'.repeat(100))
  await redis.sadd('set', 'a', 'b')
  await redis.sadd('integers', 1, 2, 3)
  await redis.hset('hash', 'field', 'value')
  await redis.zadd('zset', 1.5, 'a', '-inf', 'b')
  await redis.xadd('stream', '1-1', 'field', 'value')
  await redis.xgroup('CREATE', 'stream', 'group', '0')
  await redis.xreadgroup('GROUP', 'group', 'anna', 'STREAMS', 'stream', '>')
  await redis.select(3)
  await redis.set('third', '3')
  await redis.select(0)
}

async function readOneOfEach(redis: Redis) {
  const found = {
    string: await redis.getBuffer('string'),
    number: await redis.get('number'),
    list: await redis.lrange('list', 0, -1),
    set: (await redis.smembers('set')).sort(),
    integers: await redis.smembers('integers'),
    hash: await redis.hgetall('hash'),
    zset: await redis.zrange('zset', '0', '-1', 'WITHSCORES'),
    stream: await redis.xrange('stream', '-', '+'),
    pending: await redis.xpending('stream', 'group'),
    third: undefined as unknown,
  }
  await redis.select(3)
  found.third = await redis.get('third')
  await redis.select(0)
  return found
}

test('keys of all types and databases are there at the next start, with their expiry', async () => {
  let before: unknown
  await withServer(async (redis) => {
    await writeOneOfEach(redis)
    before = await readOneOfEach(redis)
  })
  await withServer(async (redis, server) => {
    expect(await readOneOfEach(redis)).toEqual(before)
    expect(await redis.info('keyspace')).toMatch(/db0:keys=8,expires=1,/)
    server.advance(1_000_000)
    expect(await redis.exists('number')).toBe(0)
  })
  expect(readdirSync(folder)).toEqual(['keys.rdb'])
})

test('a file that does not exist is an empty server, and is written at the end', async () => {
  await withServer(async (redis) => {
    expect(await redis.dbsize()).toBe(0)
  })
  await withServer(async (redis) => {
    expect(await redis.dbsize()).toBe(0)
  })
  expect(readdirSync(folder)).toEqual(['keys.rdb'])
})

test('keys that have expired are not written, or not read', async () => {
  await withServer(async (redis, server) => {
    await redis.set('short', 'x', 'EX', 10)
    await redis.set('long', 'x', 'EX', 1_000)
    server.advance(10_000)
  })
  await withServer(async (redis) => {
    expect(await redis.keys('*')).toEqual(['long'])
  })
})

test('SAVE and BGSAVE write it, LASTSAVE and INFO say so', async () => {
  await withServer(async (redis, server) => {
    await redis.set('a', '1')
    expect(await redis.info('persistence')).toContain('rdb_changes_since_last_save:1\r\n')
    const before = await redis.lastsave()
    server.advance(5_000)
    expect(await redis.save()).toBe('OK')
    expect(await redis.info('persistence')).toContain('rdb_changes_since_last_save:0\r\n')
    expect(await redis.lastsave()).toBeGreaterThanOrEqual(before + 5)
    const first = readFileSync(save)
    await redis.set('b', '2')
    expect(await redis.bgsave()).toBe('Background saving started')
    expect(readFileSync(save)).not.toEqual(first)
  })
})

test('SHUTDOWN NOSAVE leaves the file', async () => {
  await withServer(async (redis, server) => {
    await redis.set('a', '1')
    await redis.shutdown('NOSAVE').catch(() => {})
    await server.closed
  })
  expect(readdirSync(folder)).toEqual([])
})

test('a damaged file is an error, and is left alone', async () => {
  await withServer((redis) => redis.set('key', 'x'.repeat(1_000)))
  const good = readFileSync(save)
  const damaged = {
    empty: Buffer.alloc(0),
    'another format': Buffer.from('{"key":"value"}'),
    'cut off': good.subarray(0, good.length - 100),
    'one byte changed': Buffer.from(good).fill(1, 500, 501),
    'a later version': Buffer.from(good.toString('latin1').replace(/^REDIS\d{4}/, 'REDIS9999'), 'latin1'),
  }
  for (const [name, bytes] of Object.entries(damaged)) {
    writeFileSync(save, bytes)
    await expect(startServer({ save }), name).rejects.toMatchObject({
      code: 'ERR_ONETRIP_SERVER_SNAPSHOT',
      message: expect.stringMatching(
        /keys\.rdb is damaged, or is no file of Redis up to 7\.0\. It was left alone/,
      ),
    })
    expect(readFileSync(save), name).toEqual(bytes)
  }
})

test('a folder that does not exist is an error at the start', async () => {
  await expect(startServer({ save: join(folder, 'nowhere/keys.rdb') })).rejects.toMatchObject({
    code: 'ERR_ONETRIP_SERVER_SNAPSHOT',
    message: expect.stringContaining(`there is no folder ${join(folder, 'nowhere')}`),
  })
})

test('a folder in the place of the file is an error', async () => {
  await expect(startServer({ save: folder })).rejects.toMatchObject({
    code: 'ERR_ONETRIP_SERVER_SNAPSHOT',
    message: expect.stringContaining('cannot be read: EISDIR'),
  })
})

test('a file that cannot be written is an error of close(), and the old one stays', async () => {
  await withServer((redis) => redis.set('key', 'old'))
  const before = readFileSync(save)
  const server = await startServer({ save })
  // In the place of the file that is written first. Rights would not keep root from writing.
  mkdirSync(`${save}.${process.pid}.tmp`)
  await expect(server.close()).rejects.toMatchObject({
    code: 'ERR_ONETRIP_SERVER_SNAPSHOT',
    message: expect.stringContaining('cannot be written'),
  })
  await server.closed
  expect(readFileSync(save)).toEqual(before)
})

test('a disk that has room for a part of the keys is an error, and the old file stays', async () => {
  await withServer((redis) => redis.set('key', 'old'))
  const before = readFileSync(save)
  const script = join(import.meta.dirname, 'save-process.js')
  // The limit of a file, in units of 512 or 1,024 bytes, is reached as the end of the disk is.
  const limited = `trap '' XFSZ; ulimit -f 40; exec "$0" "$@"`
  const said = execFileSync('sh', ['-c', limited, process.execPath, script, save], { encoding: 'utf8' })
  expect(said).toContain('cannot be written: EFBIG')
  expect(readFileSync(save)).toEqual(before)
  expect(readdirSync(folder)).toEqual(['keys.rdb'])
})

test('a file that cannot take its place is removed', async () => {
  const server = await startServer({ save })
  mkdirSync(save)
  await expect(server.close()).rejects.toThrow('cannot be written: EISDIR')
  expect(readdirSync(folder)).toEqual(['keys.rdb'])
})

test('SHUTDOWN is refused where the file cannot be written, but with FORCE', async () => {
  const server = await startServer({ save })
  const redis = new Redis(server.url, { retryStrategy: () => null })
  onTestFinished(() => redis.disconnect())
  await redis.set('key', 'kept')
  const blocker = `${save}.${process.pid}.tmp`
  mkdirSync(blocker)
  for (const args of [[], ['SAVE'], ['NOW']])
    await expect(redis.call('SHUTDOWN', ...args)).rejects.toThrow(/^ERR The file .* cannot be written: /)
  expect(await redis.get('key')).toBe('kept')
  await redis.call('SHUTDOWN', 'FORCE').catch(() => {})
  await server.closed
  await expect(server.close()).rejects.toMatchObject({ code: 'ERR_ONETRIP_SERVER_SNAPSHOT' })
  expect(readdirSync(folder)).toEqual([basename(blocker)])
})

test('keys of a database that there is not are an error', async () => {
  await withServer(async (redis) => {
    await redis.select(3)
    await redis.set('a', '1')
  })
  await expect(startServer({ save, config: { databases: 2 } })).rejects.toThrow(
    'has keys of the database 3: set the parameter databases',
  )
})

const LIBRARY = "#!lua name=shop\nredis.register_function('price', function() return 5 end)"

test('libraries of functions are kept, also those that nobody has called', async () => {
  await withServer(async (redis) => {
    await redis.call('FUNCTION', 'LOAD', LIBRARY)
  })
  await withServer(async () => {})
  await withServer(async (redis) => {
    await redis.set('a', '1')
    expect(await redis.info('memory')).toContain('number_of_functions:0')
    expect(await redis.call('FCALL', 'price', 0)).toBe(5)
    expect(await redis.info('memory')).toContain('number_of_functions:1')
    await redis.call('FUNCTION', 'FLUSH')
  })
  await withServer(async (redis) => {
    expect(await redis.call('FUNCTION', 'LIST')).toEqual([])
  })
})

describeRedis('files of Redis', () => {
  test('Redis reads those of this server', async () => {
    let before: unknown
    await withServer(async (redis) => {
      await redis.call('FUNCTION', 'LOAD', LIBRARY)
      await writeOneOfEach(redis)
      before = await readOneOfEach(redis)
    })
    const real = await startRedis(['--dir', folder, '--dbfilename', 'keys.rdb'])
    onTestFinished(() => real.stop())
    expect(await readOneOfEach(real.admin)).toEqual(before)
    expect(await real.admin.call('FCALL', 'price', 0)).toBe(5)
  })

  test('this server reads those of Redis', async () => {
    const real = await startRedis(['--dir', folder, '--dbfilename', 'keys.rdb'])
    onTestFinished(() => real.stop())
    await writeOneOfEach(real.admin)
    await real.admin.call('FUNCTION', 'LOAD', LIBRARY)
    const before = await readOneOfEach(real.admin)
    await real.admin.save()
    await withServer(async (redis) => {
      expect(await readOneOfEach(redis)).toEqual(before)
      expect(await redis.call('FCALL', 'price', 0)).toBe(5)
    })
  })
})
