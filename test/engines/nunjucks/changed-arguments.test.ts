import { expect, test } from 'vitest'
import { changesOf, Watch } from '../../../src/engines/nunjucks/runtime/given.ts'

const listOf = (length: number) => Array.from({ length }, (_, n) => n)

test('calls with one long array share its snapshot until it changes', () => {
  const watch = new Watch()
  const list = listOf(100)
  const [first] = watch.before(undefined, [list])
  expect(watch.before(undefined, [list])[0]).toBe(first)
  list.reverse()
  expect(changesOf(first ? [first] : [])).toEqual([
    { at: 0, name: undefined, before: listOf(100), after: listOf(100).reverse() },
  ])
  const [second] = watch.before(undefined, [list])
  expect(second?.before).toEqual(listOf(100).reverse())
  expect(first?.before).toEqual(listOf(100))
})

test('an array that contains NaN equals itself', () => {
  const watch = new Watch()
  const list = [...listOf(100), Number.NaN]
  expect(watch.before(undefined, [list])[0]).toBe(watch.before(undefined, [list])[0])
})
