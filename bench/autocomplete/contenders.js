/** The contenders: each adds titles, and answers a query with the number of results. */

import { Redis } from 'ioredis'
import { toolkit } from '../../dist/toolkit/index.js'
import { splitWords } from '../../dist/toolkit/words/split-words.js'

const LIMIT = 10
const IN_FLIGHT = 200

/**
 * @typedef {import('../../dist/toolkit/index.js').AutocompleteItem} Item
 *
 * @typedef {object} Contender
 * @property {(items: Item[], onProgress: (added: number) => void) => Promise<unknown>} add
 * @property {(phrase: string) => Promise<number>} search
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} Entrant
 * @property {string} title
 * @property {number} most titles that it is measured with
 * @property {(url: string) => Promise<Contender>} open
 */

/** @type {Record<string, Entrant>} */
export const CONTENDERS = {
  onetrip: {
    title: 'kit.autocomplete',
    most: Infinity,
    async open(url) {
      const kit = toolkit(url)
      const index = kit.autocomplete('bench')
      return {
        add: (items, onProgress) => index.addMany(items, { onProgress }),
        search: async (phrase) => (await index.search(phrase, { limit: LIMIT })).length,
        close: () => kit.close(),
      }
    },
  },
  prefixes: {
    title: 'a sorted set for each prefix',
    most: 100_000,
    open: openPrefixes,
  },
}

/**
 * The layout of walrus and redis-completion: a sorted set of ids for each prefix of each word, and
 * hashes of titles. Several words are an intersection, which is not kept here: it would be stale.
 */
async function openPrefixes(url) {
  const redis = new Redis(url)
  const wordsOf = (text) => [...new Set(splitWords(text).map(({ folded }) => folded))]
  return {
    async add(items, onProgress) {
      for (let at = 0; at < items.length; at += IN_FLIGHT) {
        const pipeline = redis.pipeline()
        for (const { id, title, score } of items.slice(at, at + IN_FLIGHT)) {
          pipeline.hset('bench#titles', id, title)
          pipeline.hset('bench#data', id, JSON.stringify({ score }))
          for (const [position, word] of wordsOf(title).entries())
            for (let length = 1; length <= word.length; length++)
              pipeline.zadd(`bench:${word.slice(0, length)}`, position - (score ?? 0), id)
        }
        await pipeline.exec()
        onProgress(at)
      }
    },
    async search(phrase) {
      const keys = wordsOf(phrase).map((word) => `bench:${word}`)
      const [first = ''] = keys
      const ids =
        keys.length === 1
          ? await redis.zrange(first, '0', String(LIMIT - 1))
          : /** @type {string[]} */ (await redis.call('ZINTER', String(keys.length), ...keys)).slice(0, LIMIT)
      if (ids.length === 0) return 0
      await redis.hmget('bench#titles', ...ids)
      return ids.length
    },
    close: async () => redis.disconnect(),
  }
}
