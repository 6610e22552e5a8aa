import { expect, test } from 'vitest'
import { showNumbers } from '../../src/cli/numbers/show-numbers.ts'
import { watch } from '../../src/cli/numbers/watch.ts'
import { StoreError } from '../../src/errors.ts'
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
    '\u001b[?1049h\u001b[?25l\u001b[Hnumber 1\u001b[K\n\u001b[K\n\u001b[J' +
      '\u001b[Hnumber 2\u001b[K\n\u001b[K\n\u001b[J\u001b[?25h\u001b[?1049l',
  )
})

test('elsewhere texts follow each other', async () => {
  expect(await watchThree(false)).toBe('number 1\nnumber 2\n')
})

test('what a terminal has no room for is left out', async () => {
  const printed: string[] = []
  const output = { isTTY: true, rows: 3, columns: 4, write: (text: string) => printed.push(text) }
  const show = async () => {
    if (printed.length > 0) process.emit('SIGINT')
    return '123456\n2\n3\n4\n'
  }
  await watch(show, 1, output, true)
  expect(printed[0]).toBe('\u001b[?1049h\u001b[?25l\u001b[H1234\u001b[K\n2\u001b[K\n\u001b[J')
})

test('the end does not wait for a look that a server has not answered', async () => {
  const watching = watch(() => new Promise(() => {}), 1, { write: () => {} }, true)
  process.emit('SIGINT')
  await watching
})

/** Watches numbers of a server that does not answer once. */
async function watchOutage(json: boolean): Promise<[output: string, notes: string]> {
  let reads = 0
  let output = ''
  let notes = ''
  const flags = { watch: true, interval: 1, prefix: 'shop', ...(json && { json }) } as const
  const exitCode = await showNumbers(
    flags,
    { write: (text: string) => (output += text) },
    { write: (text: string) => (notes += text) },
    {
      read: async () => {
        reads++
        if (reads === 4) process.emit('SIGINT')
        if (reads === 2) throw new StoreError('Redis is not connected')
        return reads
      },
      text: (number) => `number ${number}\n`,
      json: (number) => ({ number }),
      emptyReason: () => undefined,
    },
  )
  expect(exitCode).toBe(0)
  return [output, notes]
}

test('it goes on when the server does not answer, and says so', async () => {
  const [output] = await watchOutage(false)
  expect(output).toBe('number 1\nRedis is not connected\n\nnumber 1\nnumber 3\n')
  const [lines, notes] = await watchOutage(true)
  expect(lines).toBe('{"number":1}\n{"number":3}\n')
  expect(notes).toBe('Redis is not connected\n')
})
