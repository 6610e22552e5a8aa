import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../../errors.ts'
import { UsageError } from '../command/usage-error.ts'

/** Returns the absolute path of a module. @throws UsageError if there is none */
export function existingModule(file: string, exports: string): string {
  const path = resolve(file)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return path
  if (found?.isDirectory())
    throw new UsageError(`${path} is a folder: name the module in it that exports ${exports}.`)
  throw new UsageError(`There is no file ${path}.`)
}

/** Imports a module. @throws UsageError if that fails */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?$/.test(file))
      throw new UsageError(
        `Node ${process.versions.node} cannot run ${basename(file)}: compile it, and name the JavaScript file; ` +
          "or use Node 22.18 or newer; or install tsx and set NODE_OPTIONS='--import tsx'.",
      )
    const details = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
    throw new UsageError(`${file} cannot be imported. ${details}`)
  }
}
