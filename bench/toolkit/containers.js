import { Redis } from 'ioredis'
import { json, text, toolkit } from 'onetrip/toolkit'

const VALUE = 'The Double Life of Véronique'
const FILM = { id: 42, title: VALUE, year: 1991 }
const MANY = 64

/**
 * Containers beside the same command of ioredis, with the same conversion of values.
 * @param {string} url
 * @returns {Promise<import('./groups.js').Group>}
 */
export async function openContainers(url) {
  const redis = new Redis(url)
  const client = new Redis(url)
  const kit = toolkit(client, { codec: text })
  const hash = kit.hash('hash')
  const films = kit.hash('films', { codec: json() })
  const list = kit.list('list')
  const set = kit.set('set')
  const sorted = kit.sortedSet('sorted')
  const counter = kit.counter('counter')
  await redis.hset('hash', 'film', VALUE)
  await redis.hset('films', 'film', JSON.stringify(FILM))
  await redis.rpush('list', ...Array.from({ length: 20 }, (_, n) => `film:${n}`))
  await redis.sadd('set', VALUE)
  await redis.zadd('sorted', ...Array.from({ length: 20 }, (_, n) => [n, `film:${n}`]).flat())

  const pairs = {
    'hash.get': [() => redis.hget('hash', 'film'), () => hash.get('film')],
    'hash.set': [() => redis.hset('hash', 'film', VALUE), () => hash.set('film', VALUE)],
    'hash.get, JSON': [
      async () => JSON.parse(/** @type {string} */ (await redis.hget('films', 'film'))),
      () => films.get('film'),
    ],
    'list.slice of 20': [() => redis.lrange('list', 0, 19), () => list.slice(0, 20)],
    'set.has': [() => redis.sismember('set', VALUE), () => set.has(VALUE)],
    'sortedSet.increment': [
      async () => Number(await redis.zincrby('sorted', 1, 'film:1')),
      () => sorted.increment('film:1'),
    ],
    'counter.increment': [() => redis.incrby('counter', 1), () => counter.increment()],
  }
  const cases = [1, MANY].flatMap((concurrency) =>
    Object.entries(pairs).map(([title, [raw, ours]]) => ({
      title,
      concurrency,
      contenders: { ioredis: raw, onetrip: ours },
    })),
  )
  return {
    cases,
    async close() {
      await kit.close()
      redis.disconnect()
      client.disconnect()
    },
  }
}
