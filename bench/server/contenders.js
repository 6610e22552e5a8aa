import { Redis } from 'ioredis'
import { startRedis } from '../harness/redis.js'
import { usedCpu } from '../harness/redis-usage.js'
import { NodeServer } from './node-server.js'

/**
 * A server under measurement.
 *
 * @typedef {object} Contender
 * @property {number} port
 * @property {number | undefined} startedIn ms from the call that starts it until it listens
 * @property {string | undefined} [version] of Redis
 * @property {() => Promise<number>} cpu microseconds of CPU until now, of user and system
 * @property {() => Promise<void>} stop
 */

/** Redis is what the others are compared with. */
export const BASE = 'redis'

/** @type {Readonly<Record<string, { title: string, start: () => Promise<Contender> }>>} */
export const CONTENDERS = {
  [BASE]: { title: 'redis-server', start: startRedisServer },
  onetrip: { title: 'onetrip/server', start: () => NodeServer.start('onetrip') },
  'js-redis-server': { title: 'js-redis-server', start: () => NodeServer.start('js-redis-server') },
}

/** @returns {Promise<Contender>} */
async function startRedisServer() {
  const redis = await startRedis('noeviction')
  const port = Number(new URL(redis.urlOf(0)).port)
  const admin = new Redis(port)
  return {
    port,
    startedIn: undefined,
    version: redis.version,
    cpu: () => usedCpu(admin),
    async stop() {
      admin.disconnect()
      await redis.stop()
    },
  }
}
