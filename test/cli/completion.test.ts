import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { completion } from '../../src/cli/completion/completion.ts'
import { createProgram } from '../../src/cli/program.ts'
import { onetrip } from './run-cli.ts'

const program = createProgram()

/** Completes the last word of a command line in bash. */
function inBash(...words: string[]): string[] {
  const script = `${completion('bash', program)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _onetrip; printf '%s\\n' "\${COMPREPLY[@]}"`
  const printed = execFileSync('bash', ['-c', script, 'bash', 'onetrip', ...words], { encoding: 'utf8' })
  return printed.split('\n').filter((line) => line !== '')
}

test('bash completes commands, their commands, options, and values', () => {
  expect(inBash('')).toEqual(program.commands.map((command) => command.name()))
  expect(inBash('inv')).toEqual(['invalidate'])
  expect(inBash('queue', 're')).toEqual(['retry'])
  expect(inBash('check', '--gi')).toEqual(['--github'])
  expect(inBash('queue', 'delete', 'mail', '--y')).toEqual(['--yes'])
  expect(inBash('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  expect(inBash('check', 'vie')).toEqual([])
})

test('the scripts have all commands and options', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completion(shell, program)
    for (const command of program.commands) {
      expect(script).toContain(command.name())
      for (const { long } of command.options) expect(script).toContain(long?.slice(2))
    }
  }
})

test('quotes in descriptions are written as each shell reads them', () => {
  expect(completion('zsh', program)).toContain("finds fragments that would show one visitor'\\''s content")
  expect(completion('fish', program)).toContain("finds fragments that would show one visitor\\'s content")
  expect(completion('zsh', program)).toContain('such as redis\\://localhost\\:6379')
})

test('an unknown shell is refused', async () => {
  const { code, stderr } = await onetrip(['completion', 'tcsh'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish.')])
})
