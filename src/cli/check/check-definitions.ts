import { DefinedFragment } from '../../core/definition/define-fragment.ts'
import { Definitions } from '../../core/definition/definitions.ts'
import { FragmentCache } from '../../core/fragment-cache.ts'
import type { ProblemOf } from '../../engines/nunjucks/analysis/defined-tags.ts'
import { OnetripError } from '../../errors.ts'
import { UsageError } from '../command/usage-error.ts'
import { existingModule, importModule } from '../store/import-module.ts'

/**
 * Imports definitions of fragments, and returns the check of their tags.
 *
 * @param file a module that exports what `defineFragment()` returned, arrays of it, or a cache
 * @throws UsageError
 */
export async function importDefinitions(file: string): Promise<ProblemOf> {
  const exported = await importModule(existingModule(file, 'your fragments'))
  const found = await Promise.all(Object.values(exported).map(fragmentsOf))
  const fragments = found.flat()
  if (fragments.length === 0) {
    throw new UsageError(
      `--fragments ${file} exports no fragments: export what defineFragment() of this copy of onetrip returned, or a cache.`,
    )
  }
  const definitions = new Definitions(fragments)
  return (name, params, where) => problemOf(definitions, name, params, where)
}

async function fragmentsOf(value: unknown): Promise<readonly DefinedFragment[]> {
  if (value instanceof FragmentCache) {
    const { definitions } = value.host.services.options.fragments
    await value.close()
    return [...definitions.all]
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((one) => one instanceof DefinedFragment)
}

function problemOf(
  definitions: Definitions,
  name: string,
  params: readonly string[],
  where: string,
): string | undefined {
  try {
    // Only their names are known: any value stands for theirs.
    definitions.named(name, where).paramsOf(Object.fromEntries(params.map((param) => [param, 0])), where)
    return undefined
  } catch (error) {
    if (error instanceof OnetripError) return error.message
    throw error
  }
}
