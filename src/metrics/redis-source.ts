import { OptionError } from '../errors.ts'
import { refuseOption } from '../options/read-option.ts'
import { isPlainObject } from '../options/show.ts'
import { isClient } from '../redis/client.ts'
import { checkUrl } from '../redis/connect-options.ts'
import type { RedisSource } from '../redis/open-client.ts'

/** Reads how Redis is reached, as far as that is known without ioredis. @throws OptionError */
export function readRedisSource(redis: unknown): RedisSource {
  if (typeof redis === 'string') return checkUrl('redis', redis) as RedisSource
  if (isPlainObject(redis)) checkUrl('redis: url', redis.url)
  if (isPlainObject(redis) || isClient(redis)) return redis as RedisSource
  if (redis === undefined || redis === null) {
    throw new OptionError(
      `redis is ${redis}: pass an ioredis client, a url or options (is the environment variable set?)`,
    )
  }
  return refuseOption('redis', "a client of ioredis, or how to connect, such as 'redis://localhost'", redis)
}
