import { expect, test } from 'vitest'
import { ClusterLog } from '../../../../src/stores/redis/log/cluster-log.ts'
import type { ScriptCall } from '../../../../src/stores/redis/script-call.ts'

const callsOf = (...keys: string[]) => keys.map((key) => ({ key, texts: [] }))

/** A log whose entries are added, or fail, as `answer` says. */
function logOf(answer: (n: number) => unknown) {
  const sent: ScriptCall[] = []
  const log = new ClusterLog(
    async (script, calls) => {
      sent.push(...calls)
      return calls.map((_, n) => {
        const found = answer(n)
        return found instanceof Error ? found : (script.read(found) ?? new Error('not read'))
      })
    },
    { key: 'the log', maxLength: 500 },
  )
  return { log, sent }
}

test('names what was written, and what may have been, in entries of at most 64 keys', async () => {
  const { log, sent } = logOf(() => '1-0')
  const keys = Array.from({ length: 130 }, (_, n) => `k${n}`)
  const answers = keys.map((_, n) => (n === 0 ? false : n === 1 ? new Error('late') : true))
  expect(await log.append('written', callsOf(...keys), answers)).toEqual(answers)
  expect(sent.map(({ key, texts }) => [key, texts[0], texts[1]])).toEqual(
    new Array(3).fill(['the log', '500', 'written']),
  )
  const names = sent.map(({ texts }) => JSON.parse(String(texts[2])))
  expect(names.flat()).toEqual(keys.slice(1))
  expect(names.map(({ length }) => length)).toEqual([64, 64, 1])
})

test('adds no entry where nothing was written', async () => {
  const { log, sent } = logOf(() => '1-0')
  expect(await log.append('written', callsOf('a'), [false])).toEqual([false])
  expect(await log.append('written', [], [])).toEqual([])
  expect(sent).toEqual([])
})

test('fails writes that could not be logged, and keeps the errors of others', async () => {
  const down = new Error('the node is down')
  const late = new Error('late')
  const { log } = logOf((n) => (n === 1 ? down : '1-0'))
  const keys = Array.from({ length: 66 }, (_, n) => `k${n}`)
  const answers = await log.append(
    'written',
    callsOf(...keys),
    keys.map((_, n) => (n === 65 ? late : true)),
  )
  expect(answers).toEqual([...new Array(64).fill(true), down, late])
  await expect(logOf(() => down).log.appendAll()).rejects.toBe(down)
  await expect(logOf(() => 'not an id').log.appendAll()).rejects.toThrow('not read')
})
