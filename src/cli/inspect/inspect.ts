import type { InspectedEntry } from '../../core/inspect/inspect-entry.ts'
import { DONE, FOUND } from '../exit-codes.ts'
import { findTwin } from '../key/find-twin.ts'
import { findVariant } from '../key/find-variant.ts'
import { readPart, writePart } from '../key/read-part.ts'
import { type Paint, paintFor } from '../output/colour.ts'
import { type Output, writeJson } from '../output/output.ts'
import { printable, table } from '../output/table.ts'
import { bytes, duration } from '../output/units.ts'
import { withCache } from '../store/open-cache.ts'
import type { InspectFlags } from './inspect-command.ts'

/** Runs `onetrip inspect`. @returns the exit code */
export function inspect(
  name: string,
  words: readonly string[],
  { vary, html, json, ...flags }: InspectFlags,
  output: Output,
  notes: Output,
): Promise<number> {
  return withCache(flags, async ({ cache, store, keyPrefix }) => {
    const look = (parts: readonly unknown[]) => cache.inspect({ name, parts, ...(vary && { vary }) })
    const parts = words.map(readPart)
    const entry = await look(parts)
    if (json) writeJson(output, entry)
    else if (html) output.write(entry.html ?? '')
    else output.write(textOf([name, ...parts.map(writePart)].join(' '), entry, paintFor(output)))
    if (!entry.found) {
      const twin = await findTwin(parts, async (others) => (await look(others)).found)
      const variant = vary || twin ? undefined : await findVariant(entry.key, store, keyPrefix)
      if (twin) notes.write(`There is an entry of ${[name, ...twin.map(writePart)].join(' ')}.\n`)
      else if (variant)
        notes.write(`It varies: there is an entry with --vary '${printable(JSON.stringify(variant))}'.\n`)
      else if (!vary)
        notes.write(
          `A fragment that varies needs --vary. onetrip keys ${printable(name)} lists what is stored.\n`,
        )
    }
    return entry.valid ? DONE : FOUND
  })
}

const COLOURS = { hit: 'green', stale: 'yellow', miss: 'red' } as const

function textOf(shown: string, entry: InspectedEntry, paint: Paint): string {
  const { state, reason, explanation, key, template, age, ttl, freshFor, staleFor, size, cost, tags } = entry
  const rows: [string, string | undefined][] = [
    ['key', printable(key)],
    ['template', template],
    ['age', age === undefined ? undefined : duration(age)],
    ['ttl', ttl === undefined ? undefined : duration(ttl)],
    ['fresh for', freshFor === undefined ? undefined : duration(freshFor)],
    ['stale for', staleFor === undefined ? undefined : duration(staleFor)],
    ['size', size === undefined ? undefined : bytes(size)],
    ['cost', cost === undefined ? undefined : duration(cost)],
  ]
  const lines = rows.flatMap(([label, value]) =>
    value === undefined ? [] : [`${label.padEnd(10)}  ${value}`],
  )
  const outcome = reason === undefined ? state : `${state} (${reason})`
  return [
    `${paint('bold', printable(shown))}: ${paint(COLOURS[state], outcome)}\n${printable(explanation)}\n\n${lines.join('\n')}\n`,
    ...(tags.length === 0 ? [] : [tagsOf(tags)]),
  ].join('\n')
}

function tagsOf(tags: InspectedEntry['tags']): string {
  return table(
    [
      { title: 'TAG', cell: ({ name }) => name },
      { title: 'STATE', cell: ({ valid }) => (valid ? 'valid' : 'invalidated') },
      {
        title: 'CHANGED AT',
        cell: ({ changedAt }) => (changedAt === undefined ? '' : new Date(changedAt).toISOString()),
      },
    ],
    tags,
  )
}
