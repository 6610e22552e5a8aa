/**
 * A `GET` for each fragment, each awaited: what a cache that is asked inside a template's loop
 * comes to.
 */

import { serveByHand } from '../shop/by-hand.js'

export const serve = (settings, Fastify) =>
  serveByHand(settings, Fastify, async (redis, keys) => {
    const fragments = []
    for (const key of keys) fragments.push(await redis.getBuffer(key))
    return fragments
  })
