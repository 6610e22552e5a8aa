import { readFileSync } from 'node:fs'
import { runInThisContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { CACHE_OPTION_GROUPS } from '../../src/core/options/cache-option-groups.ts'
import { FRAGMENT_CACHE_OPTIONS } from '../../src/core/options/cache-options.ts'
import { resolveOptions } from '../../src/core/options/resolve-cache-options.ts'
import { ENGINE_OPTIONS } from '../../src/engines/nunjucks/engine.ts'
import { EXPRESS } from '../../src/http/express-app.ts'
import { FASTIFY } from '../../src/http/view-options.ts'
import { WEB_OPTION_GROUPS, WEB_OPTIONS } from '../../src/http/web-options.ts'
import { REMOVED_OPTIONS, RENAMED_OPTIONS } from '../../src/options/renamed-options.ts'
import { memoryStore } from '../../src/stores/memory/index.ts'

const NAMES: readonly string[] = [...FRAGMENT_CACHE_OPTIONS, ...WEB_OPTIONS]
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ...CACHE_OPTION_GROUPS,
  ...WEB_OPTION_GROUPS,
  render: [...WEB_OPTION_GROUPS.render, ...FASTIFY.renderMembers, ...EXPRESS.renderMembers],
}
const MEMBERS = Object.entries(GROUPS).flatMap(([group, members]) =>
  members.map((member) => `${group}.${member}`),
)

const textOf = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

/** Returns the names in the first column of a document's tables. */
function namesIn(file: string): string[] {
  const rows = textOf(file)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  return rows.flatMap((row) =>
    [...(row.split('|')[1] as string).matchAll(/`([\w.]+)`/g)].map(([, name]) => name as string),
  )
}

test('docs/options.md has every option, and every member of a group, once', () => {
  expect(namesIn('docs/options.md').sort()).toEqual([...NAMES, ...MEMBERS].sort())
})

test('docs/options.md has the defaults of a cache', () => {
  vi.stubEnv('NODE_ENV', 'test')
  const store = memoryStore()
  const resolved = (options: object) => JSON.stringify(resolveOptions({ store, ...options }))
  const rows = textOf('docs/options.md').matchAll(/^\| `([\w.]+)` \| `(.+?)`[^|]*\|/gm)
  let compared = 0
  for (const [, name = '', literal] of rows) {
    const [group = '', member] = name.split('.')
    if (!FRAGMENT_CACHE_OPTIONS.some((option) => option === group) || group === 'store') continue
    const value: unknown = runInThisContext(`(${literal})`)
    const options = { [group]: member === undefined ? value : { [member]: value } }
    expect(resolved(options), name).toBe(resolved({}))
    compared++
  }
  expect(compared).toBeGreaterThan(25)
})

test('there are at most 34 names beside those in groups, and every group is one of them', () => {
  expect(NAMES.length).toBeLessThanOrEqual(34)
  expect(Object.keys(GROUPS).filter((group) => !NAMES.includes(group))).toEqual([])
})

test('no name of version 0.1 that is refused is a name now, and each new one exists', () => {
  const old = [...Object.keys(RENAMED_OPTIONS), ...Object.keys(REMOVED_OPTIONS)]
  // Of the cache it is an old name; the plugin and the middleware compress pages by it.
  expect(old.filter((name) => NAMES.includes(name))).toEqual(['compress'])
  expect(Object.values(RENAMED_OPTIONS).filter((name) => !MEMBERS.includes(name))).toEqual([])
})

test('docs/nunjucks.md has every option of the engine once', () => {
  expect(namesIn('docs/nunjucks.md').sort()).toEqual([...ENGINE_OPTIONS].sort())
})

test('the README names options that there are', () => {
  const names = namesIn('README.md')
  expect(names.length).toBe(10)
  expect(names.filter((name) => !NAMES.includes(name))).toEqual([])
})
