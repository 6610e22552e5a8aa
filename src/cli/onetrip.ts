#!/usr/bin/env node
/** The entry point of the command line: `npx onetrip check views/`. */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { OnetripError } from '../errors.ts'
import { UsageError } from './command/usage-error.ts'
import { UNREACHABLE, USAGE } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { UnreachableError } from './unreachable-error.ts'

// A reader that has seen enough, such as head, is not an error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

const args = withHelp(process.argv.slice(2))
const program = createProgram().on('option:version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  process.stdout.write(`${version}\n`)
  process.exit()
})

try {
  await program.parseAsync(args, { from: 'user' })
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
// Connections of an imported module, such as of a queue, would keep the process alive.
process.stdout.write('', () => process.exit())

/** Returns arguments that ask for help where there are none, and for `onetrip help stats`. */
function withHelp(given: readonly string[]): string[] {
  const [first, ...rest] = given
  return first === undefined || first === 'help' ? [...rest, '--help'] : [...given]
}

/** Prints an error without a stack, if it is one that has been foreseen. */
function exitCodeOf(error: unknown): number {
  // The parser has printed a help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
  const missing = missingPackage(error)
  if (missing !== undefined)
    return fail(`This command needs the package ${missing}: npm install ${missing}`, USAGE)
  if (error instanceof UnreachableError) return fail(error.message, UNREACHABLE)
  if (error instanceof UsageError) return fail(error.message, USAGE)
  if (error instanceof OnetripError) return fail(error.message, isRefusal(error) ? USAGE : UNREACHABLE)
  throw error
}

function fail(message: string, exitCode: number): number {
  process.stderr.write(`${message}\n`)
  return exitCode
}

/** Returns true for arguments that the library refuses, false for what a server answers. */
function isRefusal({ code }: OnetripError): boolean {
  return code === 'ERR_ONETRIP_OPTION' || code === 'ERR_ONETRIP_KEY_PART' || code === 'ERR_ONETRIP_DURATION'
}

/** Returns the name of a peer package that is not installed. */
function missingPackage(error: unknown): string | undefined {
  const { code, message = '' } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' ? /Cannot find package '([^']+)'/.exec(message)?.[1] : undefined
}
