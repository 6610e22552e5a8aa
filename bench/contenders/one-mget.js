/** Floor B: the least that a page of 24 fragments from Redis can cost. */

import { serveByHand } from '../shop/by-hand.js'

export const serve = (settings, Fastify) =>
  serveByHand(settings, Fastify, (redis, keys) => redis.mgetBuffer(keys))
