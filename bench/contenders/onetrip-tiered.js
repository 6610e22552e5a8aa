import { memoryStore } from 'onetrip/stores/memory'
import { redisStore } from 'onetrip/stores/redis'
import { tieredStore } from 'onetrip/stores/tiered'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

/** Copies in memory, which Redis invalidates: a warm page asks no server. */
export const serve = ({ redisUrl }, Fastify) =>
  serveWithOnetrip(tieredStore({ first: memoryStore(), second: redisStore({ url: redisUrl }) }), Fastify)
