import { readFileSync } from 'node:fs'
import * as errors from 'onetrip'
import { SERVER_ERROR_CODES } from 'onetrip/server'
import { expect, test } from 'vitest'

const { ERROR_CODES, OnetripError } = errors
const ALL_CODES = { ...ERROR_CODES, ...SERVER_ERROR_CODES }
const documented = readFileSync('docs/errors.md', 'utf8')

test('the table of docs/errors.md is that of src/errors.ts and src/server/server-error.ts', () => {
  const rows = [...documented.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, code, text]) => [code, text])
  expect(Object.fromEntries(rows)).toEqual(ALL_CODES)
})

test('for each code the document says what to do', () => {
  const [, advice = ''] = documented.split('## What to do')
  for (const code of Object.keys(ALL_CODES)) expect(advice).toContain(`\`${code}\``)
})

test('each class has its code, its name, and is an OnetripError', () => {
  const classes = Object.entries(errors).filter(
    ([name, value]) => name.endsWith('Error') && name !== 'OnetripError' && typeof value === 'function',
  )
  const codes = classes.map(([name, Class]) => {
    const error = new (Class as new (message: string, options: object) => InstanceType<typeof OnetripError>)(
      'what',
      {},
    )
    expect(error).toBeInstanceOf(OnetripError)
    expect(error.name).toBe(name)
    return error.code
  })
  expect(codes.sort()).toEqual(Object.keys(ERROR_CODES).sort())
})
