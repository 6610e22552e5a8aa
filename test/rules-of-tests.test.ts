import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFiles } from './helpers/projects.ts'

/** The rules for what stands in test/. */
const FILES = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|js)$/.test(name) && name !== 'rules-of-tests.test.ts')
  .sort()
const codeOf = (file: string) =>
  readFileSync(join(import.meta.dirname, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm, '')

test('processes are started by startProgram and startModule, which end them with the process of the test', () => {
  const starting = FILES.filter((file) => /(?<![\w.])(spawn|fork)\(/.test(codeOf(file)))
  expect(starting).toEqual(['helpers/child-process.ts', 'helpers/guard.ts'])
})

test('every test is in one project, and the projects name only tests', () => {
  const projects = Object.values(testFiles()).flat().sort()
  const tests = FILES.filter((file) => file.endsWith('.test.ts')).map((file) => `test/${file}`)
  expect(projects).toEqual([...tests, 'test/rules-of-tests.test.ts'].sort())
})
