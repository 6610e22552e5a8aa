/**
 * All contenders. Each is a file that exports `serve(settings, Fastify)`, which answers
 * `{ app, settled?, reset? }`: a Fastify app that is ready to listen; `settled()` waits for what
 * the app still does after its last response; `reset()` drops what it has piled up.
 *
 * @typedef {{ redisUrl: string }} Settings
 * @typedef {(settings: Settings, fastify: typeof import('fastify').default) => Serving |
 *   Promise<Serving>} Serve
 * @typedef {object} Serving
 * @property {import('fastify').FastifyInstance} app
 * @property {() => Promise<unknown>} [settled]
 * @property {() => unknown} [reset]
 *
 * @typedef {object} Contender
 * @property {string} name as `--only` takes it
 * @property {string} title
 * @property {'shop' | 'reel'} site whose pages it serves
 * @property {() => Promise<{ serve: Serve }>} load
 * @property {boolean} [judgedOnly] measured in the setting that targets are judged in, and in no
 *   other
 */

import { RIVALS } from '../rivals/index.js'
import { serveWithRival } from '../shop/with-rival.js'

/** @type {readonly Contender[]} */
export const CONTENDERS = [
  {
    name: 'static-buffer',
    title: 'static Buffer (floor A)',
    site: 'shop',
    load: () => import('./static-buffer.js'),
  },
  {
    name: 'one-mget',
    title: 'by hand, one MGET (floor B)',
    site: 'shop',
    load: () => import('./one-mget.js'),
  },
  {
    name: 'onetrip-redis',
    title: 'onetrip on Redis',
    site: 'shop',
    load: () => import('./onetrip-redis.js'),
  },
  {
    name: 'onetrip-metrics',
    title: 'onetrip on Redis, metrics in Redis',
    site: 'shop',
    judgedOnly: true,
    load: () => import('./onetrip-metrics.js'),
  },
  {
    name: 'onetrip-tiered',
    title: 'onetrip on Redis, copies in memory',
    site: 'shop',
    load: () => import('./onetrip-tiered.js'),
  },
  {
    name: 'onetrip-memory',
    title: 'onetrip on memoryStore',
    site: 'shop',
    load: () => import('./onetrip-memory.js'),
  },
  {
    name: 'onetrip-lmdb',
    title: 'onetrip on lmdbStore',
    site: 'shop',
    judgedOnly: true,
    load: () => import('./onetrip-lmdb.js'),
  },
  {
    name: 'onetrip-sqlite',
    title: 'onetrip on sqliteStore',
    site: 'shop',
    judgedOnly: true,
    load: () => import('./onetrip-sqlite.js'),
  },
  ...RIVALS.map(({ name, title, load }) => ({
    name,
    title,
    site: /** @type {const} */ ('shop'),
    judgedOnly: true,
    async load() {
      const { open } = await load()
      return {
        serve: (/** @type {Settings} */ settings, /** @type {typeof import('fastify').default} */ Fastify) =>
          serveWithRival(open, settings, Fastify),
      }
    },
  })),
  {
    name: 'get-at-once',
    title: 'by hand, 24 GET, Promise.all',
    site: 'shop',
    load: () => import('./get-at-once.js'),
  },
  {
    name: 'get-in-turn',
    title: 'by hand, 24 GET in turn',
    site: 'shop',
    load: () => import('./get-in-turn.js'),
  },
  {
    name: 'nunjucks',
    title: 'nunjucks, no cache',
    site: 'shop',
    load: () => import('./nunjucks.js'),
  },
  {
    name: 'misses-redis',
    title: 'onetrip on Redis, all misses',
    site: 'shop',
    judgedOnly: true,
    load: () => import('./misses-redis.js'),
  },
  {
    name: 'misses-memory',
    title: 'onetrip on memoryStore, all misses',
    site: 'shop',
    judgedOnly: true,
    load: () => import('./misses-memory.js'),
  },
  {
    name: 'reel-uncached',
    title: 'Reel, caching off',
    site: 'reel',
    load: () => import('./reel-uncached.js'),
  },
  { name: 'reel-cold', title: 'Reel, all misses', site: 'reel', load: () => import('./reel-cold.js') },
  { name: 'reel-warm', title: 'Reel, all hits', site: 'reel', load: () => import('./reel-warm.js') },
]

/** The contenders that the others are compared with. */
export const FLOOR_A = 'static-buffer'
export const FLOOR_B = 'one-mget'

/** @throws Error that lists the names there are */
export function contenderNamed(name) {
  const contender = CONTENDERS.find((candidate) => candidate.name === name)
  if (contender) return contender
  throw new UnknownName(name)
}

export class UnknownName extends Error {
  constructor(name) {
    super(`There is no contender "${name}". There are: ${CONTENDERS.map(({ name }) => name).join(', ')}`)
  }
}
