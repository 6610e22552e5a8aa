import { open } from 'node:fs/promises'
import type { Params } from '../../core/definition/params.ts'
import type { FragmentCache } from '../../core/fragment-cache.ts'
import { messageOf } from '../../errors.ts'
import { isPlainObject, show } from '../../options/show.ts'
import { shown, UsageError } from '../command/usage-error.ts'
import { exportedCache } from '../store/exported-cache.ts'
import { importModule } from '../store/import-module.ts'

type ParamList = Iterable<Params> | AsyncIterable<Params>

/** The exports of a module for `onetrip warm`. */
export interface WarmModule {
  readonly cache: FragmentCache
  /** Parameters by fragment: iterables, or functions that return one. */
  readonly params: Readonly<Record<string, unknown>>
}

/** Imports a module that exports a cache. @throws UsageError */
export async function importCache(file: string): Promise<WarmModule> {
  const exported = await importModule(file)
  const { params = {} } = exported
  if (!isPlainObject(params))
    throw new UsageError(
      `${file}: the export params must be an object such as { sidebar: [{ id: 1 }] }, not ${show(params)}.`,
    )
  return { cache: await exportedCache(file, exported), params }
}

/**
 * Returns the parameters of one fragment that the module exports; `[{}]` for one that takes none.
 * @throws UsageError
 */
export async function exportedParams({ cache, params }: WarmModule, fragment: string): Promise<ParamList> {
  const given = Object.hasOwn(params, fragment) ? params[fragment] : undefined
  const list: unknown = typeof given === 'function' ? await given() : given
  if (list === undefined && definitionsOf(cache).get(fragment)?.options.params?.length === 0) return [{}]
  if (typeof list === 'object' && list !== null && (Symbol.iterator in list || Symbol.asyncIterator in list))
    return list as ParamList
  const found = list === undefined ? '' : `, but ${show(list)}`
  throw new UsageError(
    `There are no parameters for the fragment "${fragment}"${found}. Export them by the module, ` +
      `export const params = { ${fragment}: [{ id: 1 }] }, or give --params or --hot.`,
  )
}

/** Reads parameters from a file: a JSON object in each line. Empty lines are skipped. */
export async function* paramsIn(file: string): AsyncGenerator<Params> {
  let number = 0
  for await (const line of await linesOf(file)) {
    number++
    if (line.trim() !== '') yield readLine(line, `${shown(file)}, line ${number}`)
  }
}

/** A stream of its path would fail outside of the iteration. */
async function linesOf(file: string): Promise<AsyncIterable<string>> {
  try {
    return (await open(file)).readLines()
  } catch (error) {
    throw new UsageError(`--params: ${shown(file)} cannot be read: ${messageOf(error)}`)
  }
}

function readLine(line: string, where: string): Params {
  try {
    const params: unknown = JSON.parse(line)
    if (isPlainObject(params)) return params as Params
  } catch {
    // It is no JSON.
  }
  throw new UsageError(`${where}: a line must be a JSON object such as {"id":42}.`)
}

/** Returns the definitions of a cache. */
export function definitionsOf(cache: FragmentCache) {
  return cache.host.services.options.fragments.definitions
}
