import { execFile } from 'node:child_process'
import { join } from 'node:path'

export const CLI = join(import.meta.dirname, '../../dist/cli/onetrip.js')

/** The outcome of a command. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the built command line. Its environment names no store, unless `env` does. */
export function onetrip(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { ONETRIP_STORE, ONETRIP_PREFIX, ONETRIP_RELEASE, FORCE_COLOR, ...own } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: { ...own, ...env } }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}

/** Runs a command whose output is JSON. */
export async function json<T = Record<string, unknown>>(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const { stdout, stderr } = await onetrip([...args, '--json'], env)
  if (stdout === '') throw new Error(`onetrip ${args.join(' ')} prints no JSON: ${stderr}`)
  return JSON.parse(stdout) as T
}
