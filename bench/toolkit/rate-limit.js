import { Redis } from 'ioredis'
import { toolkit } from 'onetrip/toolkit'
import { RateLimiterRedis } from 'rate-limiter-flexible'

/** Seconds: nothing leaves a window meanwhile. */
const PERIOD = 3_600
/** High, so that calls are allowed; and one that refuses them all. */
const HIGH = 1_000_000
const LOW = 1
const SUBJECTS = 1_000
/** A fixed window by hand: the least that a limit needs. */
const COUNT = `local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`

/**
 * Calls of a limit that are allowed, and that are refused; and the memory of 10 events of a key.
 * @param {string} url
 * @returns {Promise<import('./groups.js').Group>}
 */
export async function openRateLimit(url) {
  const [raw, forFlexible, client] = [new Redis(url), new Redis(url), new Redis(url)]
  const count = /** @type {string} */ (await raw.script('LOAD', COUNT))
  const kit = toolkit(client)
  const flexible = (points) =>
    new RateLimiterRedis({ storeClient: forFlexible, points, duration: PERIOD, keyPrefix: `f${points}` })

  const byHand = (key) => raw.evalsha(count, 1, key, PERIOD * 1_000)
  /** Those of a limit, each with a function that takes one. */
  const takers = (limit) => {
    const of = (algorithm) => kit.rateLimit(`${limit}`, { limit, per: PERIOD * 1_000, algorithm })
    const window = limit > 100_000 ? undefined : of('sliding-window')
    const [fixed, bucket, rival] = [of('fixed-window'), of('token-bucket'), flexible(limit)]
    return {
      'ioredis, INCR': (key) => byHand(`raw${limit}:${key}`),
      'onetrip, fixed window': (key) => fixed.take(key),
      'onetrip, token bucket': (key) => bucket.take(key),
      ...(window && { 'onetrip, sliding window': (key) => window.take(key) }),
      // It rejects where the limit is reached.
      'rate-limiter-flexible': (key) => rival.consume(key).catch((refused) => refused),
    }
  }
  const onKeys = (calls, keyOf) =>
    Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, (n) => call(keyOf(n))]))
  const memory = takers(100)
  return {
    cases: [
      { title: 'allowed', contenders: onKeys(takers(HIGH), () => 'one') },
      { title: 'allowed, many keys', contenders: onKeys(takers(10_000), (n) => `key ${n % SUBJECTS}`) },
      { title: 'refused', contenders: onKeys(takers(LOW), () => 'one') },
    ],
    memory: [
      {
        title: 'a key with 10 events',
        items: SUBJECTS,
        contenders: Object.fromEntries(
          Object.entries(memory).map(([name, take]) => [name, () => fill(take)]),
        ),
      },
    ],
    async close() {
      await kit.close()
      for (const one of [raw, forFlexible, client]) one.disconnect()
    },
  }
}

async function fill(take) {
  for (let n = 0; n < SUBJECTS; n++) await Promise.all(Array.from({ length: 10 }, () => take(`192.0.2.${n}`)))
}
