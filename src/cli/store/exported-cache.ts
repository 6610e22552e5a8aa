import { FragmentCache } from '../../core/fragment-cache.ts'
import { show } from '../../options/show.ts'
import { UsageError } from '../command/usage-error.ts'

/** Returns the cache that a module exports, or that its function returns. @throws UsageError */
export async function exportedCache(file: string, exported: Record<string, unknown>): Promise<FragmentCache> {
  const [chosen] = [exported.cache, exported.default].filter((value) => value !== undefined)
  const cache: unknown = typeof chosen === 'function' ? await chosen() : chosen
  if (cache instanceof FragmentCache) return cache
  const foreign = (cache as object | undefined)?.constructor?.name === 'FragmentCache'
  throw new UsageError(
    foreign
      ? `The FragmentCache of ${file} is of another copy of onetrip: run the command with the copy that the module imports.`
      : `${file} exports no cache, as "cache" or by default${chosen === undefined ? '' : `: it is ${show(cache)}`}.`,
  )
}
