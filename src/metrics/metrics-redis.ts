import type { RedisClient } from '../redis/client.ts'

/**
 * How Redis is reached: a client of ioredis 5 or 6, a URL, or options of ioredis with a `url`. It
 * does without the types of ioredis, which a site without Redis does not have.
 */
export type MetricsRedis = RedisClient | string | object
