import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FRAGMENT_CACHE_OPTIONS } from '../../src/core/options/cache-options.ts'
import { ENGINE_OPTIONS } from '../../src/engines/nunjucks/engine.ts'
import { EXPRESS_OPTIONS } from '../../src/http/express-app.ts'
import { VIEW_OPTIONS } from '../../src/http/view-options.ts'
import { WEB_OPTIONS } from '../../src/http/web-options.ts'

const ALL: readonly string[] = [
  ...FRAGMENT_CACHE_OPTIONS,
  ...WEB_OPTIONS,
  ...VIEW_OPTIONS,
  ...EXPRESS_OPTIONS,
]

/** The names in the first column of a document's tables. */
function namesIn(file: string): string[] {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  return rows.flatMap((row) =>
    [...(row.split('|')[1] as string).matchAll(/`(\w+)`/g)].map(([, name]) => name as string),
  )
}

test('docs/options.md has every option once', () => {
  expect(namesIn('docs/options.md').sort()).toEqual(ALL.toSorted())
})

test('docs/nunjucks.md has every option of the engine once', () => {
  expect(namesIn('docs/nunjucks.md').sort()).toEqual([...ENGINE_OPTIONS].sort())
})

test('the README names options that there are', () => {
  const names = namesIn('README.md')
  expect(names.length).toBe(10)
  expect(names.filter((name) => !ALL.includes(name))).toEqual([])
})
