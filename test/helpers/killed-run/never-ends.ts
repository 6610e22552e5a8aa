import { once } from 'node:events'
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startProgram } from '../child-process.ts'
import type { Report } from './report.ts'

const NEVER_ENDS = 'console.log("started"); setInterval(() => {}, 1_000_000)'

test('starts two processes and never ends', async () => {
  const report = process.env.REPORT
  expect(report).toBeDefined()
  const children = [1, 2].map(() => startProgram(process.execPath, ['-e', NEVER_ENDS]))
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
  const text: Report = {
    worker: process.pid,
    children: children.map(({ pid }) => pid as number),
    folder: mkdtempSync(join(tmpdir(), 'left-')),
  }
  writeFileSync(`${report}.part`, JSON.stringify(text))
  renameSync(`${report}.part`, `${report}`)
  await new Promise(() => {})
})
