import {
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  fork,
  type SpawnOptions,
  type SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process'
import { tellGuard } from './guard.ts'

/** Starts a program that ends when this process does, at the latest. */
export function startProgram(
  program: string,
  args: readonly string[],
  options?: SpawnOptionsWithoutStdio,
): ChildProcessWithoutNullStreams
export function startProgram(program: string, args: readonly string[], options: SpawnOptions): ChildProcess
export function startProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return guarded(spawn(program, args, options))
}

/**
 * Starts a module in a process of its own, with a channel for messages; it ends when this process
 * does, at the latest.
 */
export function startModule(
  module: URL,
  args: readonly string[],
  execArgv: readonly string[] = [],
): ChildProcess {
  return guarded(fork(module, args, { execArgv: [...execArgv] }))
}

function guarded<T extends ChildProcess>(child: T): T {
  const { pid } = child
  if (pid === undefined) return child // not started: it says so by `error`
  tellGuard(`started ${pid}`)
  return child.once('exit', () => tellGuard(`ended ${pid}`))
}
