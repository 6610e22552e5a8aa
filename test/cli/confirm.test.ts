import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { confirm } from '../../src/cli/confirm.ts'

/** A terminal whose user types `typed` when asked. */
function terminal(typed: string | undefined, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = Object.assign(new PassThrough(), { isTTY })
  let printed = ''
  output.on('data', (chunk) => {
    if (printed === '') typed === undefined ? input.end() : input.write(`${typed}\n`)
    printed += chunk
  })
  return { input, output, printed: () => printed }
}

test.each([
  ['y', true],
  ['YES', true],
  ['n', false],
  ['', false],
  ['yesterday', false],
  [undefined, false],
])('the answer %j is %s', async (typed, expected) => {
  const asking = terminal(typed)
  expect(await confirm('removes all', undefined, asking)).toBe(expected)
  expect(asking.printed()).toContain('This removes all. Go on? [y/N] ')
})

test('--yes is not asked', async () => {
  const asking = terminal('n')
  expect(await confirm('removes all', true, asking)).toBe(true)
  expect(asking.printed()).toBe('')
})

test('without a terminal it is refused', async () => {
  await expect(confirm('removes all', undefined, terminal('y', false))).rejects.toThrow('Give --yes')
})
