import { expect, test } from 'vitest'
import { watch } from '../../src/cli/numbers/watch.ts'
import { TestClock } from '../helpers/test-clock.ts'

/** Shows numbers on a terminal until its process is told to end, by a listener as of a signal. */
async function watchThree(isTTY: boolean): Promise<string> {
  const clock = new TestClock()
  const printed: string[] = []
  const output = { isTTY, write: (text: string) => printed.push(text) }
  let shown = 0
  const show = async () => {
    shown++
    // As Ctrl-C does, without a signal to the process of the test.
    if (shown === 3) process.emit('SIGINT')
    return `number ${shown}\n`
  }
  const watching = watch(show, 2_000, output, true, clock)
  while (shown < 3) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(2_000)
  }
  await watching
  return printed.join('')
}

test('on a terminal a text replaces the one before, on a screen that is left at the end', async () => {
  expect(await watchThree(true)).toBe(
    '\u001b[?1049h\u001b[?25l\u001b[Hnumber 1\u001b[K\n\u001b[J\u001b[Hnumber 2\u001b[K\n\u001b[J\u001b[?25h\u001b[?1049l',
  )
})

test('elsewhere texts follow each other', async () => {
  expect(await watchThree(false)).toBe('number 1\nnumber 2\n')
})
