import assert from 'node:assert/strict'
import { stampKind, stampTime } from '../../stores/store.ts'
import { LONG, read, type StoreCase, stampOf, write } from './case.ts'

export const formatCases: readonly StoreCase[] = [
  {
    title: 'puts 17 bytes before each value: clock, random, kind 1',
    async run({ store, prefix }) {
      const before = await store.clock()
      await store.setMany([write(`${prefix}key`, 'value')])
      const after = await store.clock()
      const found = await read(store, `${prefix}key`)
      assert.equal(found?.length, 17 + 'value'.length)
      assert.equal(found[16], 1)
      assert.equal(stampKind(found), 'entry')
      // A stamp has whole microseconds.
      const clock = stampTime(found)
      assert.ok(clock >= before - 0.002 && clock <= after + 0.002, `${before} <= ${clock} <= ${after}`)
    },
  },
  {
    title: 'draws new random bytes for each write',
    async run({ store, prefix }) {
      const keys = Array.from({ length: 50 }, (_, i) => `${prefix}${i}`)
      const randoms = new Set<string>()
      for (let round = 0; round < 4; round++) {
        await store.setMany(keys.map((key) => write(key, 'the same value')))
        for (const found of await store.getMany(keys)) {
          randoms.add(stampOf(found).toString('hex', 8, 16))
        }
      }
      assert.equal(randoms.size, 200)
    },
  },
  {
    title: 'writes bare stamps, and returns them',
    async run({ store, prefix: p }) {
      const kinds = ['created', 'invalidated', 'deleted'] as const
      const before = await store.clock()
      const answers = await store.stampMany(kinds.map((kind) => ({ key: p + kind, kind, ttl: LONG })))
      const after = await store.clock()
      const found = await store.getMany(kinds.map((kind) => p + kind))
      kinds.forEach((kind, i) => {
        const answer = stampOf(answers[i])
        assert.equal(answer.length, 17)
        assert.deepEqual(answer, found[i])
        assert.equal(stampKind(answer), kind)
        assert.equal(answer[16], i + 2)
        const clock = stampTime(answer)
        assert.ok(clock >= before - 0.002 && clock <= after + 0.002, `${before} <= ${clock} <= ${after}`)
      })
      assert.equal(new Set(answers.map((answer) => stampOf(answer).toString('hex', 8, 16))).size, 3)
    },
  },
]
