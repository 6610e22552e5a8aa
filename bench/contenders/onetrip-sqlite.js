import { join } from 'node:path'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { ownFolder } from '../harness/own-folder.js'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

export const serve = (_settings, Fastify) =>
  serveWithOnetrip(sqliteStore({ path: join(ownFolder('sqlite'), 'cache.db') }), Fastify)
