import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { ownServerTests, STAY_ON_REDIS } from './own-server-tests.ts'

const pathOf = (file: string) => join(import.meta.dirname, '..', file)

test('the list of tests that stay on Redis names only what exists', () => {
  expect(Object.keys(STAY_ON_REDIS).filter((file) => !existsSync(pathOf(file)))).toEqual([])
})

test('the selection is a part of all tests that run on the own server', () => {
  const selection = ownServerTests()
  vi.stubEnv('ONETRIP_OWN_SERVER_TESTS', 'all')
  const all = ownServerTests()
  vi.unstubAllEnvs()
  expect(all).toEqual(expect.arrayContaining(selection))
  expect(all.length).toBeGreaterThan(selection.length)
  expect(
    all.filter((file) => Object.keys(STAY_ON_REDIS).some((one) => file.startsWith(`test/${one}`))),
  ).toEqual([])
})
