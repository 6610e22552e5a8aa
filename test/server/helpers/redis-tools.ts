import { spawnSync } from 'node:child_process'
import { describe } from 'vitest'
import { startProgram } from '../../helpers/child-process.ts'

/** Names of the programs of Redis, and of Valkey. */
const NAMES = { cli: ['redis-cli', 'valkey-cli'], benchmark: ['redis-benchmark', 'valkey-benchmark'] }

export type RedisTool = keyof typeof NAMES

function find(tool: RedisTool): string | undefined {
  return NAMES[tool].find((name) => spawnSync(name, ['--version']).status === 0)
}

/**
 * `describe` for tests of a program of Redis. Without it the tests are skipped; with
 * `ONETRIP_NO_SKIP=1` it throws, so that CI cannot be green for lack of a program.
 */
export function describeTool(tool: RedisTool, fn: (program: string) => void): void {
  const program = find(tool)
  const name = NAMES[tool][0] as string
  if (program !== undefined) {
    describe(name, () => fn(program))
    return
  }
  if (process.env.ONETRIP_NO_SKIP === '1')
    throw new Error(`${name} is not on this machine: install it (apt-get install redis-tools)`)
  console.warn(`\n*** SKIPPED: ${name} is not on this machine ***\n`)
  describe.skip(name, () => fn(name))
}

export interface ToolResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program until it ends. Fails if it could not be started. */
export function runTool(program: string, args: readonly string[], input = ''): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = startProgram(program, args)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    // The program may end before it has read its input.
    child.stdin.on('error', () => {})
    child.once('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.end(input)
  })
}
