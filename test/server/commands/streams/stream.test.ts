import { expect, test } from 'vitest'
import { Stream } from '../../../../src/server/commands/streams/stream.ts'
import { MIN_ID, type StreamId } from '../../../../src/server/commands/streams/stream-id.ts'

const LIMITS = { streamNodeEntries: 100, streamNodeBytes: 4096 }

function add(stream: Stream, count: number): StreamId[] {
  return Array.from({ length: count }, () => {
    const id = stream.idAt(1) ?? MIN_ID
    stream.append(id, ['field', 'value'], 10, LIMITS)
    return id
  })
}

test('the memory of entries is given back when they are removed', () => {
  const stream = new Stream()
  const empty = stream.bytes
  const ids = add(stream, 1_000)
  const full = stream.bytes - empty
  expect(full).toBeGreaterThan(5_000)
  for (const id of ids.slice(500)) stream.delete(id)
  expect(stream.bytes - empty).toBe(full / 2)
  stream.trim({ maxLength: 0, minId: MIN_ID, approximate: false, limit: 0 })
  expect([stream.size, stream.bytes]).toEqual([0, empty])
})

test('the memory of a group is given back when it is removed', () => {
  const stream = new Stream()
  const ids = add(stream, 300)
  const before = stream.bytes
  stream.createGroup('group', MIN_ID, 0)
  const group = stream.groups.get('group')
  if (!group) throw new Error('there is no group')
  const [one, two] = [group.createConsumer('one', 1), group.createConsumer('two', 1)]
  for (const id of ids) group.deliver(id, one, 1)
  for (const id of ids.slice(0, 100)) group.deliver(id, two, 2)
  for (const pending of [...group.pending].slice(200)) group.remove(pending)
  const withGroup = stream.bytes
  expect(withGroup).toBeGreaterThan(before)
  const copy = stream.copy()
  expect(copy.bytes).toBe(withGroup)
  group.deleteConsumer(two)
  stream.deleteGroup('group')
  expect(stream.bytes).toBe(before)
  expect(copy.bytes).toBe(withGroup)
})

test('a copy shares no group and no pending entry', () => {
  const stream = new Stream()
  const [id] = add(stream, 1)
  stream.createGroup('group', MIN_ID, 0)
  const group = stream.groups.get('group')
  if (!group || !id) throw new Error('there is no group')
  group.deliver(id, group.createConsumer('one', 5), 5)
  const copied = stream.copy().groups.get('group')
  const [pending] = [...group.pending]
  if (pending) group.remove(pending)
  expect(group.pending.size).toBe(0)
  expect([...(copied?.pending ?? [])]).toMatchObject([{ ms: 1, seq: 0, deliveredAt: 5, deliveries: 1 }])
  expect(copied?.consumers.get('one')).toMatchObject({ seenAt: 5, pending: { size: 1 } })
})

test('the oldest of a million entries are trimmed while others are added', () => {
  const stream = new Stream()
  for (let n = 0; n < 1_000_000; n++) {
    stream.append({ ms: n + 1, seq: 0 }, ['f', 'v'], 2, LIMITS)
    if (n % 100 === 0) stream.trim({ maxLength: 500_000, minId: MIN_ID, approximate: true, limit: 10_000 })
  }
  expect(stream.size).toBeLessThan(500_200)
  expect(stream.firstId.ms).toBeGreaterThan(499_000)
  expect(stream.entries.get({ ms: 750_000, seq: 0 })).toBeDefined()
})
