/** A `GET` for each fragment, all at once with `Promise.all`: one trip, 24 commands. */

import { serveByHand } from '../shop/by-hand.js'

export const serve = (settings, Fastify) =>
  serveByHand(settings, Fastify, (redis, keys) => Promise.all(keys.map((key) => redis.getBuffer(key))))
