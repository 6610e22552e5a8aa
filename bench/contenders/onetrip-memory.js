import { memoryStore } from 'onetrip/stores/memory'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

export const serve = (_settings, Fastify) => serveWithOnetrip(memoryStore(), Fastify)
