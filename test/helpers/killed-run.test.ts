import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProgram } from './child-process.ts'
import type { Report } from './killed-run/report.ts'

const ROOT = join(import.meta.dirname, '../..')
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const RUN = ['run', '--config', 'test/helpers/killed-run/vitest.config.ts', 'never-ends']

/** A run of vitest of its own, under way in a test that has started processes. */
async function startRun(): Promise<{ run: number; report: Report }> {
  const file = join(mkdtempSync(join(tmpdir(), 'killed-run-')), 'report.json')
  const run = startProgram(process.execPath, [VITEST, ...RUN], {
    cwd: ROOT,
    env: { ...process.env, REPORT: file },
  })
  run.stdout.resume()
  run.stderr.resume()
  await expect.poll(() => existsSync(file)).toBe(true)
  return { run: run.pid as number, report: JSON.parse(readFileSync(file, 'utf8')) as Report }
}

/**
 * Returns true if the process runs: not if it has ended and its parent has not yet waited for it.
 */
function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test.runIf(existsSync('/proc/self/stat')).each(['run', 'worker'] as const)(
  'a %s that is killed leaves neither processes nor, at the end of the run, folders',
  async (which) => {
    const { run, report } = await startRun()
    const { worker, children, folder } = report
    expect([run, worker, ...children].map(runs)).toEqual([true, true, true, true])
    expect(existsSync(folder)).toBe(true)

    process.kill(which === 'run' ? run : worker, 'SIGKILL')
    await expect.poll(() => [worker, ...children].map(runs)).toEqual([false, false, false])
    await expect.poll(() => existsSync(folder)).toBe(false)
  },
)
