import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { resolveDataPolicy } from '../../core/options/data-policy.ts'
import type { DataPolicy } from '../../engines/data-policy.ts'
import { UsageError } from '../command/usage-error.ts'
import type { CheckFlags } from './check-command.ts'

/** Checks a list of extensions. @throws UsageError */
export function refuseWrongExtensions(extensions: readonly string[]): void {
  const wrong = extensions.find((one) => extname(`x${one}`) !== one)
  if (wrong !== undefined)
    throw new UsageError(`--extensions must be a list such as .njk,.html, not ${wrong}.`)
}

/** Returns the policy of the command line. @throws UsageError */
export function dataPolicyOf(flags: CheckFlags): DataPolicy {
  const { perRequest, perVisitor, shared, identities, defaultVary, strict = false } = flags
  try {
    return resolveDataPolicy({ perRequest, perVisitor, shared, identities, defaultVary, strict }, flagOf)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Returns the flag that gives an option: `perVisitor` is `--per-visitor`. */
function flagOf(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Returns the environment that a module exports by default. @throws UsageError */
export async function importEnvironment(file: string): Promise<object> {
  const url = pathToFileURL(resolve(file)).href
  let exported: unknown
  try {
    exported = ((await import(url)) as { default?: unknown }).default
  } catch (error) {
    throw new UsageError(`--environment ${file} cannot be imported: ${(error as Error).message}`)
  }
  const environment = typeof exported === 'function' ? await exported() : exported
  if (typeof environment === 'object' && environment !== null) return environment
  throw new UsageError(`--environment ${file} has no default export that is a nunjucks Environment.`)
}
