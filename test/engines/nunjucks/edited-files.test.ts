import fs, { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let folder: string
let cache: FragmentCache

const file = (name: string) => join(folder, name)
const write = (name: string, text: string) => writeFileSync(file(name), text)

/** As a file that nobody has edited for years. */
function age(name: string): void {
  const then = new Date('2020-01-01')
  utimesSync(file(name), then, then)
}

async function page(): Promise<string> {
  const { body } = await cache.render('page.njk')
  await cache.settled()
  return `${body}`
}

function open(...roots: string[]): void {
  const root = roots.map((name) => file(name))
  cache = new FragmentCache({ store: memoryStore(), engine: nunjucksEngine({ root }), ttl: '5m' })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onetrip-edited-'))
  mkdirSync(file('views'))
  mkdirSync(file('theme'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await cache.close()
  rmSync(folder, { recursive: true })
})

test.each([
  ['the page', 'page.njk', '{% cache "a" %}N{% endcache %}', {}],
  ['an include', 'part.njk', 'N', { 'page.njk': '{% cache "a" %}{% include "part.njk" %}{% endcache %}' }],
  ['a parent', 'base.njk', 'N{% block b %}{% endblock %}', { 'page.njk': '{% extends "base.njk" %}' }],
  [
    'a macro',
    'lib.njk',
    '{% macro m() %}N{% endmacro %}',
    { 'page.njk': '{% from "lib.njk" import m %}{% cache "a" %}{{ m() }}{% endcache %}' },
  ],
])(
  'an edit of %s shows on the next page, also within one clock tick and of the same size',
  async (_what, name, text, others) => {
    for (const [other, content] of Object.entries(others)) write(`views/${other}`, content)
    open('views')
    for (const n of ['1', '2', '3', '4']) {
      write(`views/${name}`, text.replace('N', n))
      expect(await page()).toBe(n)
      expect(await page()).toBe(n)
    }
    age(`views/${name}`)
    expect(await page()).toBe('4')
    expect(await page()).toBe('4')
    write(`views/${name}`, text.replace('N', '5'))
    expect(await page()).toBe('5')
  },
)

test('a file that replaces another shows, also with the same size and time', async () => {
  write('views/page.njk', 'a')
  write('views/other', 'b')
  age('views/page.njk')
  age('views/other')
  open('views')
  expect(await page()).toBe('a')
  renameSync(file('views/other'), file('views/page.njk'))
  expect(await page()).toBe('b')
})

test('a file of the same name in an earlier folder takes precedence until it is deleted', async () => {
  write('views/page.njk', 'view')
  age('views/page.njk')
  open('theme', 'views')
  expect([await page(), await page()]).toEqual(['view', 'view'])
  write('theme/page.njk', 'theme')
  expect(await page()).toBe('theme')
  age('theme/page.njk')
  expect(await page()).toBe('theme')
  rmSync(file('theme/page.njk'))
  expect(await page()).toBe('view')
  rmSync(file('views/page.njk'))
  await expect(page()).rejects.toThrow('template not found: page.njk')
})

test('in development a file that was not edited is not read again; in production none is', async () => {
  write('views/page.njk', 'a')
  age('views/page.njk')
  const read = vi.spyOn(fs, 'readFileSync')
  syncBuiltinESMExports()
  try {
    open('views')
    await page()
    const before = read.mock.calls.length
    expect(before).toBeGreaterThan(0)
    for (let n = 0; n < 5; n++) await page()
    expect(read.mock.calls.length).toBe(before)
    vi.stubEnv('NODE_ENV', 'production')
    await cache.close()
    open('views')
    await page()
    write('views/page.njk', 'b')
    expect(await page()).toBe('a')
  } finally {
    read.mockRestore()
    syncBuiltinESMExports()
  }
})
