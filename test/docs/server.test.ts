import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SERVER_OPTIONS } from '../../src/server/options/server-options.ts'
import { LUA_PACKAGE, LUA_VERSION } from '../../src/server/scripting/lua-module.ts'

const at = (path: string) => new URL(`../../${path}`, import.meta.url)
const textOf = (path: string) => readFileSync(at(path), 'utf8')

test('docs/server-commands.md is the table of commands: npm run docs:server', async () => {
  const { serverCommands } = (await import(at('scripts/docs-server/server-commands.js').href)) as {
    serverCommands(): string
  }
  expect(textOf('docs/server-commands.md')).toBe(serverCommands())
})

test('docs/server.md has the figures that were measured: npm run docs:server', async () => {
  const { withSpeed } = (await import(at('scripts/docs-server/server-speed.js').href)) as {
    withSpeed(page: string): string
  }
  const page = textOf('docs/server.md')
  expect(page).toBe(withSpeed(page))
})

test("docs/server.md has the results of Redis' own tests, and a reason for each that fails", async () => {
  const { withSuiteTable } = (await import(at('scripts/redis-suite/table.js').href)) as {
    withSuiteTable(page: string): string
  }
  const page = textOf('docs/server.md')
  expect(page).toBe(withSuiteTable(page))
  expect(page).not.toContain('without a reason')
})

test('docs/server.md has every option of startServer()', () => {
  const rows = [...textOf('docs/server.md').matchAll(/^\| `(\w+)` \|/gm)]
  expect(rows.map(([, name]) => name)).toEqual([...SERVER_OPTIONS])
})

test('docs/server.md installs the version of Lua that the server takes', () => {
  expect(textOf('docs/server.md')).toContain(`--save-exact ${LUA_PACKAGE}@${LUA_VERSION}`)
})
