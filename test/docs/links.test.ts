import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const FILES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [join('docs', name)] : [])),
]

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '')
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The relative links in a document's text that lead nowhere. */
function brokenIn(text: string, file: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path)
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
}

test.each(FILES)('the links of %s lead to files and headings that exist', (file) => {
  expect(brokenIn(readFileSync(join(ROOT, file), 'utf8'), file)).toEqual([])
})

test('a broken link is found', () => {
  const links = [
    'docs/nowhere.md',
    'docs/options.md#nothing',
    '#nothing',
    'docs/options.md#freshness',
    'https://x.org/a',
  ]
  const text = links.map((link) => `[a](${link})`).join(' ')
  expect(brokenIn(text, 'README.md')).toEqual(links.slice(0, 3))
  expect(FILES.length).toBeGreaterThan(15)
})

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('the files and folders that %s names are there', (file) => {
  const paths = ['src', 'test', '.ci'].flatMap((root) =>
    readdirSync(join(ROOT, root), { recursive: true, encoding: 'utf8' }).map((one) => `/${root}/${one}`),
  )
  const isThere = (named: string) =>
    paths.some((path) => `${path}${named.endsWith('/') ? '/' : ''}`.endsWith(`/${named}`))
  const text = readFileSync(join(ROOT, file), 'utf8')
  const named = [...text.matchAll(/`([\w./-]+(?:\.ts|\/))`/g)].map(([, name = '']) => name)
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !isThere(name) && !existsSync(join(ROOT, name)))).toEqual([])
})
