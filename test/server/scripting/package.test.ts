import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LUA_PACKAGE, LUA_VERSION } from '../../../src/server/scripting/lua-module.ts'

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../../..', name), 'utf8'))

test('the optional peer has the version whose parts are used', () => {
  const { devDependencies, peerDependencies, peerDependenciesMeta } = read('package.json')
  expect(peerDependencies[LUA_PACKAGE]).toBe(LUA_VERSION)
  expect(devDependencies[LUA_PACKAGE]).toBe(LUA_VERSION)
  expect(peerDependenciesMeta[LUA_PACKAGE]).toEqual({ optional: true })
})

test('the lock file leaves out its engines, which say Node.js 22: npm install would warn', () => {
  const { packages } = read('package-lock.json')
  expect(packages[`node_modules/${LUA_PACKAGE}`]).not.toHaveProperty('engines')
})
