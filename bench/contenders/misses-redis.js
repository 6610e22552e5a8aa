/** Every fragment of every page misses, is rendered, and is written to Redis after the response. */

import { redisStore } from 'onetrip/stores/redis'
import { emptyDatabase } from '../harness/redis.js'
import { changingPrices, serveWithOnetrip } from '../shop/with-onetrip.js'

export async function serve({ redisUrl }, Fastify) {
  const serving = await serveWithOnetrip(redisStore({ url: redisUrl }), Fastify, changingPrices())
  // Each round leaves some 100 MB behind.
  return { ...serving, reset: () => emptyDatabase(redisUrl) }
}
