import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SERVER_OPTIONS } from '../../src/server/options/server-options.ts'

const at = (path: string) => new URL(`../../${path}`, import.meta.url)
const textOf = (path: string) => readFileSync(at(path), 'utf8')

test('docs/server-commands.md is the table of commands: npm run docs:server', async () => {
  const { serverCommands } = (await import(at('scripts/docs-server/server-commands.js').href)) as {
    serverCommands(): string
  }
  expect(textOf('docs/server-commands.md')).toBe(serverCommands())
})

test('docs/server.md has every option of startServer()', () => {
  const rows = [...textOf('docs/server.md').matchAll(/^\| `(\w+)` \|/gm)]
  expect(rows.map(([, name]) => name)).toEqual([...SERVER_OPTIONS])
})
