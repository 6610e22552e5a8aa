import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from 'onetrip/stores/lmdb'
import { serveWithOnetrip } from '../shop/with-onetrip.js'

export function serve(_settings, Fastify) {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-bench-lmdb-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return serveWithOnetrip(lmdbStore({ path: folder }), Fastify)
}
