import { expect, test } from 'vitest'
import { processClock } from '../../../src/clock.ts'
import { Events } from '../../../src/core/events.ts'
import { Observers } from '../../../src/core/observe/observers.ts'
import type { CircuitBreaker } from '../../../src/core/store-access/circuit-breaker.ts'
import { Deadline } from '../../../src/core/store-access/deadline.ts'
import { ReadBatcher } from '../../../src/core/store-access/read-batcher.ts'
import type { Store } from '../../../src/stores/store.ts'

/** A batcher on a store that answers with the keys themselves, and the commands that it sent. */
function batcherOf() {
  const commands: (readonly string[])[] = []
  const store = {
    capabilities: { shared: true, conditional: true, ttlPrecision: 1 },
    async getMany(keys: readonly string[]) {
      commands.push(keys)
      return keys.map((key) => Buffer.from(key))
    },
  } as unknown as Store
  const breaker = { error: undefined, succeeded() {}, failed() {} } as unknown as CircuitBreaker
  const batcher = new ReadBatcher(
    store,
    breaker,
    60_000,
    processClock,
    undefined,
    new Observers(new Events(), processClock),
  )
  const read = async (...keys: string[]) => {
    const found = await batcher.read(keys, new Deadline(60_000, processClock))
    return found.map(String)
  }
  return { read, commands }
}

test('each of those who ask in one turn gets the answers to its own keys', async () => {
  const { read, commands } = batcherOf()
  const asked = [
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['a', 'b'],
    ['a', 'c', 'b'],
    ['a', 'b', 'c'],
    ['d'],
    [],
    ['b', 'a'],
  ]
  expect(await Promise.all(asked.map((keys) => read(...keys)))).toEqual(asked)
  expect(commands).toEqual([['a', 'b', 'c', 'd']])
})

test('those who ask for the same keys share the command as it is', async () => {
  const { read, commands } = batcherOf()
  const found = await Promise.all(Array.from({ length: 5 }, () => read('a', 'b')))
  expect(found).toEqual(Array.from({ length: 5 }, () => ['a', 'b']))
  expect(commands).toEqual([['a', 'b']])
})
