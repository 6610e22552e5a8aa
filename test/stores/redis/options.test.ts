import { Redis } from 'ioredis5'
import { describe, expect, it } from 'vitest'
import { redis, refuses } from './refused-options.ts'

describe('options of redisStore', () => {
  refuses([
    ['a bare url', 'redis://localhost', /must be an object: redisStore\(\{ url \}\)/],
    ['null', null, /must be an object.*got null/],
    ['a number', 6379, /must be an object.*got 6379/],
    ['urls', { urls: 'redis://localhost' }, /no option "urls": use url, or nodes for a cluster/],
    ['uri', { uri: 'redis://localhost' }, /no option "uri": use url/],
    ['URL', { URL: 'redis://localhost' }, /no option "URL": use url/],
    ['connection', { connection: {} }, /no option "connection": use url/],
    ['pass', { host: 'localhost', pass: 'x' }, /no option "pass": use password/],
    ['prefix', { prefix: 'x' }, /no option "prefix": use keyPrefix/],
    ['an empty url', { url: '' }, /url must be redis:.*got an empty string/],
    ['a url of something else', { url: 'http://localhost' }, /url must be redis:.*got one of http:/],
    ['a url without its scheme', { url: 'localhost:6379' }, /got one without redis:/],
    ['a url that is not a string', { url: 6379 }, /got a number/],
    ['a URL object', { url: new URL('redis://localhost') }, /got an? object/],
    ['a password that is not escaped', { url: 'redis://:s3cret/#@host' }, /url cannot be read.*%2F/],
    ['a port that is not a number', { url: 'redis://s3cret@host:port' }, /url cannot be read/],
    ['a url that is undefined', { url: undefined }, /url is undefined: is the environment variable set/],
    [
      'a database that is not a number',
      { url: 'redis://:s3cret@h/abc' },
      /the number of a database.*got "abc"/,
    ],
    ['a client that is undefined', { client: undefined }, /client is undefined/],
    ['a client that is null', { client: null }, /client must be an ioredis client/],
    ['a client that is a url', { client: 'redis://localhost' }, /client must be an ioredis client/],
    ['a client of the package redis', { client: { mGet() {} } }, /looks like the package "redis"/],
    ['chunkSize 0', { chunkSize: 0 }, /chunkSize must be a whole number from 1 to 2147483647; got 0/],
    ['chunkSize as a string', { chunkSize: '10' }, /chunkSize must be/],
    ['chunkSize NaN', { chunkSize: Number.NaN }, /chunkSize must be .* got NaN/],
  ])

  it('refuses a client in place of the options, and options beside a client', () => {
    const client = new Redis({ lazyConnect: true })
    expect(() => redis(client)).toThrow(/write redisStore\(\{ client \}\)/)
    expect(() => redis({ client, keyPrefix: 'x', db: 1 })).toThrow(
      /by its own options; leave out keyPrefix, db/,
    )
  })

  it('connects to localhost:6379 where nothing is given', async () => {
    for (const given of [undefined, {}, { url: undefined, host: 'localhost' }]) {
      const store = redis(given && { ...given, lazyConnect: true })
      await store.close()
    }
    const store = redis({ lazyConnect: true, port: 1 }) // nothing listens there: the message names the default
    await expect(store.clock()).rejects.toThrow('Redis at localhost:1 is not connected')
    await store.close()
  })
})
