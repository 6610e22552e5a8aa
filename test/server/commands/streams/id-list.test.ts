import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IdBlock, IdList } from '../../../../src/server/commands/streams/id-list.ts'
import {
  compareIds,
  MAX_ID,
  MIN_ID,
  type StreamId,
} from '../../../../src/server/commands/streams/stream-id.ts'

const id = fc.record({ ms: fc.nat(40), seq: fc.nat(12) })
const change = fc.record({ id, insert: fc.boolean() })

test('holds items in the order of their ids, whatever is inserted and removed', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 400, maxLength: 900 }), fc.array(id), (changes, asked) => {
      const list = new IdList<StreamId>()
      let model: StreamId[] = []
      for (const { id, insert } of changes) {
        const found = model.find((one) => compareIds(one, id) === 0)
        if (insert && !found) {
          list.insert(id)
          model.push(id)
        } else if (!insert) {
          expect(list.delete(id)).toBe(found !== undefined)
          model = model.filter((one) => one !== found)
        }
      }
      model.sort(compareIds)
      expect([...list]).toEqual(model)
      expect(list.size).toBe(model.length)
      expect(list.first).toEqual(model[0])
      expect(list.last).toEqual(model.at(-1))
      for (const id of asked) {
        expect(list.get(id)).toEqual(model.find((one) => compareIds(one, id) === 0))
        expect(list.from(id).next()).toEqual(model.find((one) => compareIds(one, id) >= 0))
        expect(list.upTo(id).previous()).toEqual(model.findLast((one) => compareIds(one, id) <= 0))
      }
    }),
    { numRuns: 30, seed: 1 },
  )
})

test('cursors go over all items, in both directions', () => {
  const list = new IdList<StreamId>()
  const ids = Array.from({ length: 500 }, (_, n) => ({ ms: n, seq: 0 }))
  for (const id of ids) list.insert(id)
  expect(list.blocks.length).toBeGreaterThan(3)
  const forward: StreamId[] = []
  const cursor = list.from(MIN_ID)
  for (let item = cursor.next(); item; item = cursor.next()) forward.push(item)
  expect(forward).toEqual(ids)
  const backward: StreamId[] = []
  const back = list.upTo(MAX_ID)
  for (let item = back.previous(); item; item = back.previous()) backward.push(item)
  expect(backward).toEqual(ids.reverse())
})

test('appends to the last block unless a new one is asked for, and removes whole blocks', () => {
  const list = new IdList<StreamId>(() => 10)
  for (let n = 0; n < 10; n++) list.append({ ms: n, seq: 0 }, n % 5 === 0)
  expect(list.blocks.map(({ items }) => items.length)).toEqual([5, 5])
  expect(list.memory).toBe(100)
  list.removeBlocks(0, 1)
  expect(list.first).toEqual({ ms: 5, seq: 0 })
  expect([list.size, list.memory]).toEqual([5, 50])
  list.delete({ ms: 7, seq: 0 })
  list.removeFirst(list.blocks[0] as IdBlock<StreamId>, 2)
  expect([list.size, list.memory]).toEqual([2, 20])
  for (let n = 100; n < 500; n++) list.insert({ ms: n % 2 === 0 ? n : 600 - n, seq: n % 2 })
  expect(list.memory).toBe(10 * list.size)
  list.removeBlocks(1, 2)
  expect(list.memory).toBe(10 * list.size)
  expect(list.copy((item) => item).memory).toBe(list.memory)
})

test('a copy changes by itself', () => {
  const list = new IdList<StreamId>()
  for (let n = 0; n < 3; n++) list.append({ ms: n, seq: 0 }, false)
  const copy = list.copy((item) => item)
  list.delete({ ms: 1, seq: 0 })
  copy.append({ ms: 9, seq: 0 }, false)
  expect([...list].map(({ ms }) => ms)).toEqual([0, 2])
  expect([...copy].map(({ ms }) => ms)).toEqual([0, 1, 2, 9])
  expect([list.size, copy.size]).toEqual([2, 4])
})
