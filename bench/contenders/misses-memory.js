/**
 * Every fragment of every page misses, is rendered, and is written to memory, from where it pushes
 * others out.
 */

import { memoryStore } from 'onetrip/stores/memory'
import { changingPrices, serveWithOnetrip } from '../shop/with-onetrip.js'

export const serve = (_settings, Fastify) => serveWithOnetrip(memoryStore(), Fastify, changingPrices())
