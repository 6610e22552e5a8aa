import { fragmentKey } from '../../core/key/fragment-key.ts'
import { suffixOfValues } from '../../core/key/vary.ts'
import { stampKind } from '../../stores/store.ts'
import { confirm } from '../confirm.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { findTwin } from '../key/find-twin.ts'
import { readPart, writePart } from '../key/read-part.ts'
import { type Output, writeJson } from '../output/output.ts'
import { type OpenedCache, withCache } from '../store/open-cache.ts'
import type { DeleteFlags } from './delete-command.ts'

/** Runs `onetrip delete`. @returns the exit code */
export function deleteEntry(
  name: string,
  words: readonly string[],
  { vary, yes, json, ...flags }: DeleteFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  const parts = words.map(readPart)
  const shown = [name, ...parts.map(writePart)].join(' ')
  return withCache(flags, async (opened) => {
    if (!(await confirm(`deletes the entry of the fragment ${shown}`, yes))) return FOUND
    const found = await isThere(opened, name, parts, vary)
    // Also where there is none: a render under way is not to store it.
    await opened.cache.delete({ name, parts, ...(vary && { vary }) })
    if (json) writeJson(output, { name, parts, vary: vary ?? {}, found })
    else if (found) output.write(`Deleted ${shown}.\n`)
    if (!found) {
      const twin = await findTwin(parts, (others) => isThere(opened, name, others, vary))
      const hint = twin ? ` There is one of ${[name, ...twin.map(writePart)].join(' ')}.` : ''
      notes.write(`There is no entry of ${shown}.${hint}\n`)
    }
    return found ? DONE : FOUND
  })
}

async function isThere(
  { cache, store, keyPrefix }: OpenedCache,
  name: string,
  parts: readonly unknown[],
  vary: DeleteFlags['vary'],
): Promise<boolean> {
  const key = fragmentKey(keyPrefix, name, parts) + suffixOfValues(vary, cache.host.services.options)
  const [value] = await store.getMany([key])
  if (value instanceof Error) throw value
  return Buffer.isBuffer(value) && stampKind(value) === 'entry'
}
