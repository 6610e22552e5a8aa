import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tellGuard } from './guard.ts'

/**
 * Gives all processes of a run of the tests one folder for temporary files, which is gone when the
 * run has ended.
 */
export default function setup(): void {
  // Each project of the run calls it; a folder in a folder would make names too long for sockets.
  const run = String(process.pid)
  if (process.env.ONETRIP_TEST_RUN === run) return
  process.env.ONETRIP_TEST_RUN = run
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-tests-'))
  tellGuard(`remove ${folder}`)
  process.env.TMPDIR = folder
}
