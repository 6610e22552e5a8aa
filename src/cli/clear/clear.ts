import { confirm } from '../confirm.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { withCache } from '../store/open-cache.ts'
import type { ClearFlags } from './clear-command.ts'

/** Runs `onetrip clear`. @returns the exit code */
export function clear(
  name: string | undefined,
  { yes, json, ...flags }: ClearFlags,
  output: Output,
): Promise<number> {
  return withCache(flags, async ({ cache, keyPrefix }) => {
    const what = name === undefined ? 'everything' : `all entries of the fragment ${name}`
    if (!(await confirm(`removes ${what} under ${keyPrefix}`, yes))) return FOUND
    await cache.clear(name === undefined ? undefined : { name })
    if (json) writeJson(output, { cleared: name ?? null, keyPrefix })
    else output.write(`Removed ${what} under ${keyPrefix}\n`)
    return DONE
  })
}
