import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from 'onetrip/stores/sqlite'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

export function serve(_settings, Fastify) {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-bench-sqlite-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return serveWithOnetrip(sqliteStore({ path: join(folder, 'cache.db') }), Fastify)
}
