/**
 * A cache of fragments as one writes it by hand for one route: the handler knows the keys of its
 * page, and joins what is around them. It has no template, checks nothing, and cannot miss.
 */

import { Redis } from 'ioredis'
import { pages, shop } from './products.js'
import { HTML, numberOf } from './route.js'
import { piecesOf } from './stock.js'

const LIFE = 3_600_000

/**
 * @param {import('../contenders/index.js').Settings} settings
 * @param {typeof import('fastify').default} Fastify
 * @param {(redis: Redis, keys: string[]) => Promise<(Buffer | null)[]>} read the contenders'
 *   difference
 */
export async function serveByHand({ redisUrl }, Fastify, read) {
  const redis = new Redis(redisUrl)
  const { prices } = shop()
  const around = await Promise.all(pages.map((page) => fill(redis, page, prices)))

  const app = Fastify()
  app.get('/shop/:number', async (request, reply) => {
    const number = numberOf(request)
    const keys = pages[number].products.map((product) => keyOf(product, prices))
    const fragments = /** @type {Buffer[]} */ (await read(redis, keys))
    const { head, foot } = around[number]
    reply.type(HTML).send(Buffer.concat([head, ...fragments, foot]))
    return reply
  })
  app.addHook('onClose', () => redis.disconnect())
  return { app }
}

function keyOf(product, prices) {
  return `product:${product.id}:${prices}`
}

async function fill(redis, page, prices) {
  const { head, fragments, foot } = piecesOf(page.number)
  await Promise.all(
    page.products.map((product, at) => redis.set(keyOf(product, prices), fragments[at], 'PX', LIFE)),
  )
  return { head: Buffer.from(head), foot: Buffer.from(foot) }
}
