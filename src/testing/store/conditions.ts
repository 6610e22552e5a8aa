import assert from 'node:assert/strict'
import { headOf, LONG, read, readValue, type StoreCase, write } from './case.ts'

export const conditionCases: readonly StoreCase[] = [
  {
    title: '`ifStamp: null` writes where the key is absent, and not over anything',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      assert.deepEqual(await store.setMany([write(key, 'first', { ifStamp: null })]), [true])
      assert.deepEqual(await store.setMany([write(key, 'second', { ifStamp: null })]), [false])
      assert.equal((await readValue(store, key)).toString(), 'first')
      assert.deepEqual(await store.stampMany([{ key, kind: 'deleted', ttl: LONG }]).then((a) => a.length), 1)
      assert.deepEqual(await store.setMany([write(key, 'third', { ifStamp: null })]), [false])
      assert.equal((await read(store, key))?.length, 17)
      assert.equal(await store.deleteMany([key]), 1)
      assert.deepEqual(await store.setMany([write(key, 'fourth', { ifStamp: null })]), [true])
    },
  },
  {
    title: '`ifStamp: null` counts an entry without bytes as there, and one whose time has passed as absent',
    async run({ store, prefix, capabilities, time }) {
      const ttl = Math.max(30, capabilities.ttlPrecision)
      await store.setMany([write(`${prefix}empty`, ''), write(`${prefix}short`, 'gone soon', { ttl })])
      assert.deepEqual(await store.setMany([write(`${prefix}empty`, 'x', { ifStamp: null })]), [false])
      await time.sleep(ttl + 2 * capabilities.ttlPrecision + 30)
      assert.deepEqual(await store.setMany([write(`${prefix}short`, 'x', { ifStamp: null })]), [true])
    },
  },
  {
    title: '`ifStamp: stamp` writes over that head alone, once',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'first')])
      const only = Buffer.from(headOf(await read(store, key)))
      assert.deepEqual(await store.setMany([write(key, 'second', { ifStamp: only })]), [true])
      assert.deepEqual(await store.setMany([write(key, 'third', { ifStamp: only })]), [false])
      assert.equal((await readValue(store, key)).toString(), 'second')
      assert.equal(await store.deleteMany([key]), 1)
      assert.deepEqual(await store.setMany([write(key, 'fourth', { ifStamp: only })]), [false])
      assert.equal(await read(store, key), null)
    },
  },
  {
    title: '`ifStamp: stamp` compares all 17 bytes',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'first')])
      const head = headOf(await read(store, key))
      for (let i = 0; i < 17; i++) {
        const only = Buffer.from(head)
        only[i] = (only[i] as number) ^ 1
        assert.deepEqual(await store.setMany([write(key, 'second', { ifStamp: only })]), [false], `byte ${i}`)
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
      assert.deepEqual(await store.setMany([write(key, 'late', { ifStamp: seen })]), [false])
      assert.deepEqual(await read(store, key), tombstone)
      assert.deepEqual(await store.setMany([write(key, 'new', { ifStamp: headOf(tombstone) })]), [true])
      assert.equal((await readValue(store, key)).toString(), 'new')
    },
  },
  {
    title: "`notAfter` is a time of the store's clock: nothing is written at or after it",
    async run({ store, prefix }) {
      const now = await store.clock()
      const writes = [
        write(`${prefix}past`, 'x', { notAfter: now - 0.001 }),
        write(`${prefix}now`, 'x', { notAfter: now }),
        write(`${prefix}zero`, 'x', { notAfter: 0 }),
        write(`${prefix}future`, 'x', { notAfter: now + LONG }),
        write(`${prefix}both`, 'x', { notAfter: now + LONG + 0.5, ifStamp: null }),
        write(`${prefix}past and absent`, 'x', { notAfter: now - 1_000, ifStamp: null }),
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
        write(`${p}there`, 'b', { ifStamp: null }),
        write(`${p}c`, 'c', { notAfter: 1 }),
        write(`${p}d`, 'd', { ifStamp: null }),
      ])
      assert.deepEqual(answers, [true, false, false, true])
    },
  },
  {
    title: 'applies the writes of a batch in their order',
    needs: 'conditional',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      const batch = [write(key, 'first', { ifStamp: null }), write(key, 'second', { ifStamp: null })]
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
          Array.from({ length: 30 }, (_, i) => store.setMany([write(key, `writer ${i}`, { ifStamp: only })])),
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
