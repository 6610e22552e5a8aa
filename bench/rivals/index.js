/**
 * Cache libraries that do the same as onetrip for values, each in the best way that its
 * documentation shows. Each is a file that exports `open({ redisUrl, load })`, which answers
 * `{ getMany(keys), close() }`: the values of keys in their order, where `load(key)` makes one that
 * is not there.
 */

/**
 * @typedef {(settings: { redisUrl: string, load: (key: string) => string }) => Rival} Open
 * @typedef {object} Rival
 * @property {(keys: readonly string[]) => Promise<readonly unknown[]>} getMany
 * @property {() => Promise<unknown>} close
 */

/** @type {readonly { name: string, title: string, load: () => Promise<{ open: Open }> }[]} */
export const RIVALS = [
  { name: 'bento-redis', title: 'BentoCache on Redis', load: () => import('./bento-redis.js') },
  { name: 'bento-tiered', title: 'BentoCache, memory and Redis', load: () => import('./bento-tiered.js') },
  { name: 'dedupe-redis', title: 'async-cache-dedupe on Redis', load: () => import('./dedupe-redis.js') },
  {
    name: 'cache-manager-redis',
    title: 'cache-manager on Redis, mget',
    load: () => import('./cache-manager-redis.js'),
  },
  {
    name: 'cacheable-tiered',
    title: 'cacheable, memory and Redis',
    load: () => import('./cacheable-tiered.js'),
  },
]
