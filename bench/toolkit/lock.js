import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { toolkit } from 'onetrip/toolkit'
import Redlock from 'redlock'

const TTL = 10_000
/** Deletes a lock that is still that of its holder: the least that a release needs. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`
/** Callers that want one lock at the same time. */
const WAITING = 20

/**
 * A lock that is taken and released: free, and wanted by several.
 * @param {string} url
 * @returns {Promise<import('./groups.js').Group>}
 */
export async function openLock(url) {
  const [raw, forRedlock, client] = [new Redis(url), new Redis(url), new Redis(url)]
  const release = /** @type {string} */ (await raw.script('LOAD', RELEASE))
  const redlock = new Redlock([forRedlock], { retryCount: 10_000, retryDelay: 5, retryJitter: 2 })
  const kit = toolkit(client)
  const free = kit.lock('free', { ttl: TTL })
  const wanted = kit.lock('wanted', { ttl: TTL, wait: '1m' })
  const fair = kit.lock('fair', { ttl: TTL, wait: '1m', fair: true })

  const byHand = async (key) => {
    const token = randomUUID()
    while (!(await raw.set(key, token, 'PX', TTL, 'NX')))
      await new Promise((resolve) => setTimeout(resolve, 5))
    await raw.evalsha(release, 1, key, token)
  }
  const byRedlock = async (key) => (await redlock.lock(key, TTL)).unlock()
  const byLock = async (lock) => (await lock.acquire()).release()
  return {
    cases: [
      {
        title: 'take and release',
        contenders: {
          'ioredis, SET NX': () => byHand('raw'),
          onetrip: () => byLock(free),
          redlock: () => byRedlock('redlock'),
        },
      },
      {
        title: 'one lock for all',
        concurrency: WAITING,
        contenders: {
          'ioredis, every 5 ms': () => byHand('raw wanted'),
          onetrip: () => byLock(wanted),
          'onetrip, fair': () => byLock(fair),
          redlock: () => byRedlock('redlock wanted'),
        },
      },
    ],
    async close() {
      await kit.close()
      for (const one of [raw, forRedlock, client]) one.disconnect()
    },
  }
}
