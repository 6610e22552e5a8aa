import { describe, expect, test } from 'vitest'
import type { CliCommand } from '../../src/cli/command/cli-command.ts'
import { createProgram } from '../../src/cli/program.ts'
import { onetrip } from './run-cli.ts'

function allOf(command: CliCommand): CliCommand[] {
  const inner = command.commands as readonly CliCommand[]
  return inner.flatMap((one) => (one.commands.length === 0 ? [one] : allOf(one)))
}

const COMMANDS = allOf(createProgram()).map((command) => [command.path, command] as const)

describe.each(COMMANDS)('%s', (path, command) => {
  test('has a purpose, arguments and options in words, and two examples', () => {
    expect(command.summary()).toMatch(/^[a-z][^.]*$/)
    expect(command.description().trimEnd()).not.toBe('')
    for (const { description } of command.registeredArguments) expect(description).toMatch(/^[a-z]/)
    for (const { description } of command.options) expect(description).toMatch(/^[a-z].*[^.]$/i)
    expect(command.examples.length).toBeGreaterThanOrEqual(2)
    for (const { line } of command.examples) expect(line).toContain(path)
  })

  test('has --help, and --json where it has results', () => {
    const names = command.options.map(({ long }) => long)
    if (path !== 'onetrip completion') expect(names).toContain('--json')
    expect(command.helpInformation()).toContain('-h, --help')
  })

  test('its examples have options that it knows', () => {
    for (const { line } of command.examples)
      for (const [option] of line.matchAll(/(?<= )--[a-z-]+/g))
        expect(command.options.map(({ long }) => long)).toContain(option)
  })
})

test('help has colours on a terminal, or by FORCE_COLOR, and none by NO_COLOR', async () => {
  const args = ['keys', '--help']
  const plain = await onetrip(args)
  expect(plain.stdout).not.toContain('\u001b')
  const forced = await onetrip(args, { FORCE_COLOR: '1' })
  expect(forced.stdout).toContain('\u001b[1mOptions:\u001b[22m')
  expect((await onetrip(args, { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).toBe(plain.stdout)
})

test('without arguments it lists the commands, and exits with 0', async () => {
  const { code, stdout } = await onetrip([])
  expect(code).toBe(0)
  const text = stdout.replaceAll(/\s+/g, ' ')
  for (const command of createProgram().commands)
    expect(text).toContain(
      `${command.registeredArguments.length > 0 ? '' : command.name()} ${command.summary()}`,
    )
})

test('--version prints the version', async () => {
  const { code, stdout } = await onetrip(['--version'])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
})

test('onetrip help stats is onetrip stats --help, and help alone lists the commands', async () => {
  expect(await onetrip(['help', 'stats'])).toEqual(await onetrip(['stats', '--help']))
  expect(await onetrip(['help'])).toEqual(await onetrip(['--help']))
})
