import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tellGuard } from './guard.ts'

/** Gives all processes of a run of the tests one folder for temporary files, which is gone when the run has ended. */
export default function setup(): void {
  const folder = mkdtempSync(join(tmpdir(), 'onetrip-tests-'))
  tellGuard(`remove ${folder}`)
  process.env.TMPDIR = folder
}
