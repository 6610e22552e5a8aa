import { lmdbStore } from 'onetrip/stores/lmdb'
import { ownFolder } from '../harness/own-folder.js'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

export const serve = (_settings, Fastify) => serveWithOnetrip(lmdbStore({ path: ownFolder('lmdb') }), Fastify)
