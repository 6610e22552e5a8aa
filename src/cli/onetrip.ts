#!/usr/bin/env node
/** The entry point of the command line: `npx onetrip check views/`. */
import { messageOf } from '../errors.ts'
import { shown, UsageError } from './usage-error.ts'

const HELP = `onetrip: fragment caching for server-rendered Node

  onetrip check <folder>...   finds fragments that would show one visitor's content to another, and
                              other mistakes in templates, without data and without a store

  onetrip copy <from> <to>    copies one store to another, such as redis://localhost lmdb:./cache

  onetrip worker <module>     runs the tasks of the queues that a module exports, such as ./tasks.js

  onetrip warm <module>       renders the defined fragments of a cache ahead of visitors

  onetrip check --help, onetrip warm --help, ...        their options
`

const [command, ...args] = process.argv.slice(2)

try {
  // Imported on demand: each command needs packages that others do not.
  if (command === 'check') {
    const { check } = await import('./check/check.ts')
    exitWith(await check(args, process.stdout))
  } else if (command === 'copy') {
    const { copy } = await import('./copy/copy.ts')
    process.exitCode = await copy(args, process.stdout, process.stderr)
  } else if (command === 'worker') {
    const { worker } = await import('./worker/worker.ts')
    process.exitCode = await worker(args, process.stdout, process.stderr)
  } else if (command === 'warm') {
    const { warm } = await import('./warm/warm.ts')
    exitWith(await warm(args, process.stdout, process.stderr))
  } else if (command === undefined || command === '--help' || command === 'help') {
    process.stdout.write(HELP)
  } else {
    throw new UsageError(`There is no command "${shown(command)}". See onetrip --help.`)
  }
} catch (error) {
  const missing = missingPackage(error)
  if (!(error instanceof UsageError) && missing === undefined) throw error
  const message = missing
    ? `This command needs the package ${missing}: npm install ${missing}`
    : messageOf(error)
  process.stderr.write(`${message}\n`)
  process.exitCode = 2
}

/** Ends a process that connections of an imported module, such as of a queue, would keep alive. */
function exitWith(exitCode: number): void {
  process.stdout.write('', () => process.exit(exitCode))
}

/** Returns the name of a peer package that is not installed. */
function missingPackage(error: unknown): string | undefined {
  const { code, message = '' } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' ? /Cannot find package '([^']+)'/.exec(message)?.[1] : undefined
}
