import assert from 'node:assert/strict'
import { headOf, LONG, read, readValue, type StoreCase, write } from './case.ts'

export const conditionCases: readonly StoreCase[] = [
  {
    title: '`only: null` writes where the key is absent, and not over anything',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      assert.deepEqual(await store.setMany([write(key, 'first', { only: null })]), [true])
      assert.deepEqual(await store.setMany([write(key, 'second', { only: null })]), [false])
      assert.equal((await readValue(store, key)).toString(), 'first')
      assert.deepEqual(await store.stampMany([{ key, kind: 'deleted', ttl: LONG }]).then((a) => a.length), 1)
      assert.deepEqual(await store.setMany([write(key, 'third', { only: null })]), [false])
      assert.equal((await read(store, key))?.length, 17)
      assert.equal(await store.deleteMany([key]), 1)
      assert.deepEqual(await store.setMany([write(key, 'fourth', { only: null })]), [true])
    },
  },
  {
    title: '`only: null` counts an entry without bytes as there, and one whose time has passed as absent',
    async run({ store, prefix, keeps, time }) {
      const ttl = Math.max(30, keeps.ttlPrecision)
      await store.setMany([write(`${prefix}empty`, ''), write(`${prefix}short`, 'gone soon', { ttl })])
      assert.deepEqual(await store.setMany([write(`${prefix}empty`, 'x', { only: null })]), [false])
      await time.sleep(ttl + 2 * keeps.ttlPrecision + 30)
      assert.deepEqual(await store.setMany([write(`${prefix}short`, 'x', { only: null })]), [true])
    },
  },
  {
    title: '`only: head` writes over that head alone, once',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'first')])
      const only = Buffer.from(headOf(await read(store, key)))
      assert.deepEqual(await store.setMany([write(key, 'second', { only })]), [true])
      assert.deepEqual(await store.setMany([write(key, 'third', { only })]), [false])
      assert.equal((await readValue(store, key)).toString(), 'second')
      assert.equal(await store.deleteMany([key]), 1)
      assert.deepEqual(await store.setMany([write(key, 'fourth', { only })]), [false])
      assert.equal(await read(store, key), null)
    },
  },
  {
    title: '`only: head` compares all 17 bytes',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'first')])
      const head = headOf(await read(store, key))
      for (let i = 0; i < 17; i++) {
        const only = Buffer.from(head)
        only[i] = (only[i] as number) ^ 1
        assert.deepEqual(await store.setMany([write(key, 'second', { only })]), [false], `byte ${i}`)
      }
      assert.equal((await readValue(store, key)).toString(), 'first')
    },
  },
  {
    title: 'a tombstone ends what an older head allowed',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'old')])
      const seen = Buffer.from(headOf(await read(store, key)))
      const [tombstone] = await store.stampMany([{ key, kind: 'deleted', ttl: LONG }])
      assert.deepEqual(await store.setMany([write(key, 'late', { only: seen })]), [false])
      assert.deepEqual(await read(store, key), tombstone)
      assert.deepEqual(await store.setMany([write(key, 'new', { only: headOf(tombstone) })]), [true])
      assert.equal((await readValue(store, key)).toString(), 'new')
    },
  },
  {
    title: "`until` is a time of the store's clock: nothing is written at or after it",
    async run({ store, prefix }) {
      const now = await store.clock()
      const writes = [
        write(`${prefix}past`, 'x', { until: now - 0.001 }),
        write(`${prefix}now`, 'x', { until: now }),
        write(`${prefix}zero`, 'x', { until: 0 }),
        write(`${prefix}future`, 'x', { until: now + LONG }),
        write(`${prefix}both`, 'x', { until: now + LONG + 0.5, only: null }),
        write(`${prefix}past and absent`, 'x', { until: now - 1_000, only: null }),
      ]
      assert.deepEqual(await store.setMany(writes), [false, false, false, true, true, false])
      const found = await store.getMany(writes.map(({ key }) => key))
      assert.deepEqual(
        found.map((value) => value !== null),
        [false, false, false, true, true, false],
      )
    },
  },
  {
    title: 'answers each write of a batch for itself',
    async run({ store, prefix: p }) {
      await store.setMany([write(`${p}there`, 'x')])
      const answers = await store.setMany([
        write(`${p}a`, 'a'),
        write(`${p}there`, 'b', { only: null }),
        write(`${p}c`, 'c', { until: 1 }),
        write(`${p}d`, 'd', { only: null }),
      ])
      assert.deepEqual(answers, [true, false, false, true])
    },
  },
  {
    title: 'applies the writes of a batch in their order',
    needs: 'conditional',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      const batch = [write(key, 'first', { only: null }), write(key, 'second', { only: null })]
      assert.deepEqual(await store.setMany(batch), [true, false])
      assert.equal((await readValue(store, key)).toString(), 'first')
    },
  },
  {
    title: 'of many writes at once under one condition, exactly one is made',
    needs: 'conditional',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      const race = async (only: Buffer | null) => {
        const answers = await Promise.all(
          Array.from({ length: 30 }, (_, i) => store.setMany([write(key, `writer ${i}`, { only })])),
        )
        const winners = answers.flatMap(([answer], i) => (answer === true ? [i] : []))
        assert.equal(winners.length, 1)
        assert.equal((await readValue(store, key)).toString(), `writer ${winners[0]}`)
      }
      await race(null)
      await race(Buffer.from(headOf(await read(store, key))))
    },
  },
]
