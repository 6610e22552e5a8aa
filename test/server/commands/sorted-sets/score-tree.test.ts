import { expect, test } from 'vitest'
import { ScoreTree } from '../../../../src/server/commands/sorted-sets/score-tree.ts'
import { isBefore, type ScoredMember } from '../../../../src/server/commands/sorted-sets/scored-member.ts'
import { random } from '../../helpers/random.ts'

/** A tree, and the same items in an array. */
class Model {
  readonly tree = new ScoreTree()
  items: ScoredMember[] = []

  insert(item: ScoredMember): void {
    this.tree.insert(item)
    this.items.push(item)
  }

  remove(at: number): void {
    const [item] = this.items.splice(at, 1)
    if (item) this.tree.remove(item)
  }

  check(): void {
    const sorted = this.items.toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
    const { tree } = this
    expect(tree.size).toBe(sorted.length)
    expect(tree.slice(0, Number.POSITIVE_INFINITY)).toEqual(sorted)
    expect(tree.sliceBackwards(tree.size - 1, Number.POSITIVE_INFINITY)).toEqual(sorted.toReversed())
    for (let rank = 0; rank < sorted.length; rank += 1 + (rank >> 2)) {
      const item = sorted[rank] as ScoredMember
      expect(tree.rank(item)).toBe(rank)
      expect(tree.at(rank)).toBe(item)
      expect(tree.slice(rank, 3)).toEqual(sorted.slice(rank, rank + 3))
      const lower = sorted.filter(({ score }) => score < item.score).length
      expect(tree.countLeading(({ score }) => score < item.score)).toBe(lower)
    }
  }
}

test.each([
  { name: 'few scores', scores: 5 },
  { name: 'one score', scores: 1 },
  { name: 'many scores', scores: 1e9 },
])('is an ordered list with ranks, with $name, while it grows and shrinks', ({ scores }) => {
  const below = random(7)
  const model = new Model()
  for (let step = 0; step < 12_000; step++) {
    // It grows to some 3,000 items, shrinks to some hundred, and grows again.
    const grows = Math.floor(step / 4_000) % 2 === 0
    if (model.items.length === 0 || below(100) < (grows ? 85 : 10))
      model.insert({ member: `m${step}`, score: below(scores) })
    else model.remove(below(model.items.length))
    if (step % 500 === 499) model.check()
  }
})

test.each([
  ['ascending', (n: number) => n],
  ['descending', (n: number) => -n],
])('takes items in %s order, and gives them up from either end', (_order, scoreOf) => {
  const model = new Model()
  for (let n = 0; n < 3_000; n++) model.insert({ member: `m${n}`, score: scoreOf(n) })
  model.check()
  while (model.items.length > 0) {
    model.remove(model.items.length % 2 === 0 ? 0 : model.items.length - 1)
    if (model.items.length % 997 === 0) model.check()
  }
  expect(model.tree.size).toBe(0)
  model.insert({ member: 'again', score: 1 })
  model.check()
})

test('returns nothing for ranks that are none', () => {
  const tree = new ScoreTree()
  expect(tree.slice(0, 1)).toEqual([])
  expect(tree.sliceBackwards(-1, 1)).toEqual([])
  tree.insert({ member: 'm', score: 1 })
  expect(tree.slice(1, 1)).toEqual([])
  expect(tree.slice(0, 0)).toEqual([])
  expect(tree.sliceBackwards(1, 1)).toEqual([])
})

test('orders members of one score by their bytes', () => {
  const tree = new ScoreTree()
  for (const member of ['b', '\xff', '', 'B', '\0', 'ba']) tree.insert({ member, score: 0 })
  expect(tree.slice(0, 6).map(({ member }) => member)).toEqual(['', '\0', 'B', 'b', 'ba', '\xff'])
})
