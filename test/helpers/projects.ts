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

function startsProcesses(file: string): boolean {
  return [...filesOf(file)].some((one) => {
    const imports = importsOf(one)
    return imports.includes('node:child_process') || imports.includes('playwright-core')
  })
}

/** Returns a test file, and the files in test/ that it imports, directly or by others. */
export function filesOf(file: string, seen = new Set<string>()): Set<string> {
  seen.add(file)
  for (const name of importsOf(file)) {
    const path = join(dirname(file), name)
    if (name.startsWith('.') && name.endsWith('.ts') && path.startsWith(TEST) && existsSync(path))
      if (!seen.has(path)) filesOf(path, seen)
  }
  return seen
}

function importsOf(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)
  return [...imports].map(([, name = '']) => name)
}
