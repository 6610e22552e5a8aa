import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const at = (path: string) => new URL(`../../${path}`, import.meta.url)

test('docs/cli.md is what the commands say of themselves: npm run docs:cli', async () => {
  const { cliReference } = (await import(at('scripts/docs-cli/cli-reference.js').href)) as {
    cliReference(): string
  }
  expect(readFileSync(at('docs/cli.md'), 'utf8')).toBe(cliReference())
})
