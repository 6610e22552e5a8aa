import { DONE, FOUND } from '../exit-codes.ts'
import { type DecodedKey, decodeKey } from '../key/decode-key.ts'
import { showKey } from '../key/show-key.ts'
import { type Output, writeJson } from '../output/output.ts'
import { printable, table } from '../output/table.ts'
import { bytes, counted, duration, number } from '../output/units.ts'
import { type OpenedCache, withCache } from '../store/open-cache.ts'
import type { KeysFlags } from './keys-command.ts'
import { otherPrefixes } from './other-prefixes.ts'
import { type StoredEntry, storedEntries } from './stored-entries.ts'
import { KeySummary } from './summary.ts'

/** Runs `onetrip keys`. @returns the exit code */
export function keys(
  name: string | undefined,
  { summary, limit, json, ...flags }: KeysFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  return withCache(flags, async (opened) => {
    const entries = storedEntries(opened, (decoded) => name === undefined || isNamed(decoded, name))
    if (summary) {
      const found = await printSummary(entries, json, output)
      if (!found) notes.write(await explainNothing(name, opened))
      return found ? DONE : FOUND
    }
    const listed: StoredEntry[] = []
    let more = false
    for await (const entry of entries) {
      if (listed.length === limit) {
        more = true
        break
      }
      listed.push(entry)
    }
    if (json) writeJson(output, { entries: listed.map(jsonOf), more })
    else if (listed.length > 0) output.write(textOf(listed))
    if (listed.length === 0) notes.write(await explainNothing(name, opened))
    if (more) notes.write(`There are more than ${counted(limit, 'entry', 'entries')}: see --limit.\n`)
    return listed.length === 0 ? FOUND : DONE
  })
}

async function explainNothing(name: string | undefined, { store, keyPrefix }: OpenedCache): Promise<string> {
  for await (const key of store.keys?.(keyPrefix) ?? [])
    if (name !== undefined && decodeKey(keyPrefix, key))
      return `There is nothing of ${printable(name)}: onetrip keys --summary lists the names.\n`
  const prefixes = await otherPrefixes(store)
  if (prefixes.length === 0) return 'There is nothing.\n'
  return `There is nothing. The store has entries of ${prefixes.map(printable).join(', ')}.\n`
}

/** A value is of the name that its key begins with. */
function isNamed(decoded: DecodedKey, name: string): boolean {
  if (decoded.kind !== 'value') return decoded.kind !== 'tag' && decoded.name === name
  return decoded.name === name || decoded.name.startsWith(`${name}:`)
}

async function printSummary(
  entries: AsyncIterable<StoredEntry>,
  json: boolean | undefined,
  output: Output,
): Promise<boolean> {
  const summary = new KeySummary()
  for await (const entry of entries) summary.add(entry)
  if (json) writeJson(output, { names: summary.rows })
  else output.write(summary.text())
  return summary.rows.length > 0
}

function jsonOf({ decoded, ...entry }: StoredEntry): object {
  return { ...decoded, ...entry }
}

function textOf(entries: readonly StoredEntry[]): string {
  return table(
    [
      { title: 'KIND', cell: ({ decoded }) => decoded.kind },
      { title: 'NAME AND PARTS', cell: ({ decoded }) => showKey(decoded) },
      { title: 'STATE', cell: ({ state = '' }) => state },
      { title: 'AGE', cell: ({ age }) => duration(age), align: 'right' },
      {
        title: 'FRESH FOR',
        cell: ({ freshFor }) => (freshFor === undefined ? '' : duration(freshFor)),
        align: 'right',
      },
      { title: 'SIZE', cell: (entry) => bytes(entry.bytes), align: 'right' },
      { title: 'COST', cell: ({ cost }) => (cost === undefined ? '' : duration(cost)), align: 'right' },
      { title: 'TAGS', cell: ({ tags }) => tagsOf(tags) },
    ],
    entries,
  )
}

/** Most tags that a line shows. */
const SHOWN_TAGS = 4

function tagsOf(tags: readonly string[]): string {
  const more = tags.length - SHOWN_TAGS
  return `${tags.slice(0, SHOWN_TAGS).join(' ')}${more > 0 ? ` and ${number(more)} more` : ''}`
}
