import { namesOf, tagKey } from '../../core/tags/tag-versions.ts'
import { DONE } from '../exit-codes.ts'
import { type Output, writeJson } from '../output/output.ts'
import { printable } from '../output/table.ts'
import { withCache } from '../store/open-cache.ts'
import type { InvalidateFlags } from './invalidate-command.ts'

/** Runs `onetrip invalidate`. @returns the exit code */
export function invalidate(
  tags: readonly string[],
  { json, ...flags }: InvalidateFlags,
  output: Output,
): Promise<number> {
  return withCache(flags, async ({ cache, store, keyPrefix }) => {
    // A tag without a version is on no entry that is valid: its name may be misspelt.
    const versions = await store.getMany(namesOf(tags).map((name) => tagKey(keyPrefix, name)))
    await cache.invalidate(...tags)
    const unused = [...new Set(tags)].filter((_, n) => versions[n] === null)
    if (json) writeJson(output, { invalidated: [...new Set(tags)], unused })
    else output.write(textOf(tags, unused))
    return DONE
  })
}

function textOf(tags: readonly string[], unused: readonly string[]): string {
  const note = unused.length === 0 ? '' : ` No entry had ${unused.map(printable).join(', ')}.`
  return `Invalidated ${tags.map(printable).join(', ')}.${note}\n`
}
