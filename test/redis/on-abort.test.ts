import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from '../../src/redis/on-abort.ts'

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

test('one listener serves all calls for a signal, and goes with the last of them', () => {
  const { signal } = new AbortController()
  const ends = Array.from({ length: 50 }, () => onAbort(signal, () => {}))
  expect(listeners(signal)).toBe(1)
  for (const end of ends.slice(1)) end()
  expect(listeners(signal)).toBe(1)
  ends[0]?.()
  ends[0]?.()
  expect(listeners(signal)).toBe(0)
  const end = onAbort(signal, () => {})
  ends[1]?.()
  expect(listeners(signal)).toBe(1)
  end()
  expect(listeners(signal)).toBe(0)
})

test('calls all that have not ended, also where one ends another', () => {
  const giveUp = new AbortController()
  const called: string[] = []
  const endC = () => end()
  onAbort(giveUp.signal, () => {
    called.push('a')
    endC()
  })
  onAbort(giveUp.signal, () => void called.push('b'))()
  const end = onAbort(giveUp.signal, () => void called.push('c'))
  const other = new AbortController()
  onAbort(other.signal, () => void called.push('other'))
  giveUp.abort()
  expect(called).toEqual(['a'])
})
