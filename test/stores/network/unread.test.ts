import { expect, test } from 'vitest'
import { Unread } from '../../../src/stores/network/unread.ts'

test('pieces of any length are read in order, and views of what was read stay valid', () => {
  const sent = Buffer.from(Array.from({ length: 20_000 }, (_, n) => (n * 7) % 251))
  let seed = 1
  const below = (most: number) => {
    seed = (seed * 48_271) % 0x7fff_ffff
    return seed % most
  }
  const unread = new Unread()
  const taken: Buffer[] = []
  for (let at = 0; at < sent.length; ) {
    const piece = sent.subarray(at, at + 1 + below(300))
    unread.append(piece)
    at += piece.length
    const length = below(unread.length + 1)
    taken.push(unread.bytes.subarray(0, length))
    unread.take(length)
  }
  expect(Buffer.concat([...taken, unread.bytes]).equals(sent)).toBe(true)
})

test('an answer of many pieces is copied a few times, not once for each', () => {
  const unread = new Unread()
  const piece = Buffer.alloc(1_000)
  const rooms = new Set<ArrayBufferLike>()
  for (let n = 0; n < 1_000; n++) {
    unread.append(piece)
    rooms.add(unread.bytes.buffer)
  }
  expect(unread.length).toBe(1_000_000)
  expect(rooms.size).toBeLessThan(12)
})
