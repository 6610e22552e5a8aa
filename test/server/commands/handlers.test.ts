import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const COMMANDS = join(import.meta.dirname, '../../../src/server/commands')

/** Answers for a command that was not called, or that was called before. */
const NOT_OF_HANDLERS = [
  'connection/client-unblock.ts',
  'dispatcher.ts',
  'gates.ts',
  'scripting/script-run.ts',
]

test('handlers throw their errors: only those that are thrown count as failed calls', () => {
  const files = readdirSync(COMMANDS, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  const encoding = files.filter((file) =>
    /import \{[^}]*\berror\b[^}]*\} from '[./]+protocol\/reply.ts'/.test(
      readFileSync(join(COMMANDS, file), 'utf8'),
    ),
  )
  expect(encoding.sort()).toEqual(NOT_OF_HANDLERS)
})
