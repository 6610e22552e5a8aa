import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const TEST = dirname(import.meta.dirname)

/** Tests that try thousands of cases, each of them more than ten seconds of CPU time. */
const EXHAUSTIVE = [
  'core/write-back/bindings-matrix.test.ts',
  'core/single-flight/deadlocks.test.ts',
  'engines/nunjucks/memory-growth.test.ts',
  'engines/nunjucks/random-pages.test.ts',
]

/**
 * Returns the test files of each project of Vitest. `servers` are those that start other processes,
 * such as servers, a browser, the command line or the compiler: what a file imports tells. `unit`
 * needs Node and nothing else.
 */
export function testFiles(): Record<'unit' | 'exhaustive' | 'servers', string[]> {
  const files = readdirSync(TEST, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
  const servers = files.filter((file) => startsProcesses(join(TEST, file)))
  const unit = files.filter((file) => !servers.includes(file) && !EXHAUSTIVE.includes(file))
  return { unit: unit.map(pathOf), exhaustive: EXHAUSTIVE.map(pathOf), servers: servers.map(pathOf) }
}

const pathOf = (file: string) => `test/${file}`

function startsProcesses(file: string, seen = new Set<string>()): boolean {
  seen.add(file)
  const imports = [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)].map(
    ([, name = '']) => name,
  )
  if (imports.includes('node:child_process') || imports.includes('playwright-core')) return true
  return imports
    .filter((name) => name.startsWith('.') && name.endsWith('.ts'))
    .map((name) => join(dirname(file), name))
    .some(
      (path) => path.startsWith(TEST) && existsSync(path) && !seen.has(path) && startsProcesses(path, seen),
    )
}
