import fc from 'fast-check'
import { expect, test } from 'vitest'
import { List } from '../../../../src/server/commands/lists/list.ts'
import { stringBytes } from '../../../../src/server/data/memory-size.ts'

const end = fc.constantFrom('left' as const, 'right' as const)
const item = fc.constantFrom('', 'a', 'bb', 'ccc')
const step = fc.oneof(
  fc.record({ name: fc.constant('push' as const), end, item }),
  fc.record({ name: fc.constant('pop' as const), end }),
  fc.record({ name: fc.constant('insert' as const), at: fc.nat(40), item }),
  fc.record({ name: fc.constant('set' as const), at: fc.nat(40), item }),
  fc.record({
    name: fc.constant('remove' as const),
    item,
    end,
    most: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  }),
  fc.record({ name: fc.constant('copy' as const) }),
)

test('a list does what an array does, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let list = new List()
      const model: string[] = []
      for (const one of steps) {
        if (one.name === 'push') {
          list.push(one.end, one.item)
          if (one.end === 'left') model.unshift(one.item)
          else model.push(one.item)
        } else if (one.name === 'pop')
          expect(list.pop(one.end)).toBe(one.end === 'left' ? model.shift() : model.pop())
        else if (one.name === 'insert') {
          const at = one.at % (model.length + 1)
          list.insert(at, one.item)
          model.splice(at, 0, one.item)
        } else if (one.name === 'set' && model.length > 0) {
          list.set(one.at % model.length, one.item)
          model[one.at % model.length] = one.item
        } else if (one.name === 'remove')
          expect(list.remove(one.item, one.end, one.most)).toBe(
            removeFrom(model, one.item, one.end, one.most),
          )
        else if (one.name === 'copy') list = list.copy()
        expect([...list]).toEqual(model)
        expect(list.size).toBe(model.length)
        // A list that is built anew with the same items, and as many places, has the same memory.
        const items = model.reduce((sum, text) => sum + stringBytes(text.length), 0)
        expect((list.bytes - new List().bytes - items) % 64).toBe(0)
      }
    }),
  )
})

function removeFrom(model: string[], text: string, from: 'left' | 'right', most: number): number {
  let removed = 0
  while (removed < most) {
    const at = from === 'left' ? model.indexOf(text) : model.lastIndexOf(text)
    if (at < 0) break
    model.splice(at, 1)
    removed++
  }
  return removed
}

test('a copy shares nothing with its list', () => {
  const list = new List()
  list.push('right', 'a')
  const copy = list.copy()
  copy.set(0, 'b')
  copy.push('right', 'c')
  expect([...list]).toEqual(['a'])
  expect([...copy]).toEqual(['b', 'c'])
})

test('a list that was long and became short gives its memory back', () => {
  const list = new List()
  list.push('right', 'item')
  const short = list.bytes
  for (let n = 1; n < 100_000; n++) list.push('right', 'item')
  list.drop('left', 99_999)
  expect([...list]).toEqual(['item'])
  expect(list.bytes).toBe(short)
})
