import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const MAX_LINES = 300
const MAX_COLUMNS = 100

const FOLDERS = ['bench', 'example-app', 'scripts', 'src', 'test']

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]s$/.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`)
    .sort()
}

const linesOf = (file: string) => readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n')

const isWideComment = (line: string) => line.length > MAX_COLUMNS && /^\s*(\/\/|\/?\*)/.test(line)

function wideCommentsIn(file: string): string[] {
  return linesOf(file)
    .map((line, at) => ({ line, place: `${file}:${at + 1}` }))
    .filter(({ line }) => isWideComment(line))
    .map(({ place }) => place)
}

function questionsIn(text: string): string[] {
  return [...text.matchAll(/\/\*\*\s+(?:\*\s*)?((?:What|Whether|Who)\b.*)/g)].map(
    ([, opening]) => opening as string,
  )
}

test('a file of src/ has at most 300 lines', () => {
  const files = filesIn('src')
  expect(files.length).toBeGreaterThan(100)
  const long = files.filter((file) => linesOf(file).length > MAX_LINES)
  expect(long).toEqual([])
})

test('a line of a comment has at most 100 columns', () => {
  expect(FOLDERS.flatMap(filesIn).flatMap(wideCommentsIn)).toEqual([])
})

test('a docstring opens with a verb or a noun phrase: not with What, Whether or Who', () => {
  const found = FOLDERS.flatMap(filesIn).flatMap((file) => questionsIn(linesOf(file).join('\n')))
  expect(found).toEqual([])
  const open = '/**'
  expect(
    questionsIn(`${open} Whether. */\n${open}\n * What it is.\n */\n${open} Returns what it is. */`),
  ).toEqual(['Whether. */', 'What it is.'])
})

test('a wide comment is found, wide code is not', () => {
  const wide = 'x'.repeat(MAX_COLUMNS)
  expect([`// ${wide}`, `/** ${wide} */`, `   * ${wide}`, `call('${wide}')`].map(isWideComment)).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('a docstring is followed by what it describes, not by another one', () => {
  const orphaned = [...filesIn('src'), ...filesIn('test')].filter((file) =>
    /\*\/\n[ \t]*\/\*\*/.test(readFileSync(join(ROOT, file), 'utf8')),
  )
  expect(orphaned).toEqual([])
})
