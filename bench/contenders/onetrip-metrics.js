import { redisStore } from 'onetrip/stores/redis'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

export const serve = ({ redisUrl }, Fastify) =>
  serveWithOnetrip(redisStore({ url: redisUrl }), Fastify, undefined, { metrics: { redis: redisUrl } })
