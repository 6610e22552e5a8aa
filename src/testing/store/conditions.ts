import assert from 'node:assert/strict'
import { LONG, read, readValue, type StoreCase, stampOf, write } from './case.ts'

export const conditionCases: readonly StoreCase[] = [
  {
    title: '`ifStamp: null` writes only if the key is absent',
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
    title: '`ifStamp: null` finds an entry without bytes, and no expired one',
    async run({ store, prefix, capabilities, time }) {
      const ttl = Math.max(30, capabilities.ttlPrecision)
      await store.setMany([write(`${prefix}empty`, ''), write(`${prefix}short`, 'gone soon', { ttl })])
      assert.deepEqual(await store.setMany([write(`${prefix}empty`, 'x', { ifStamp: null })]), [false])
      await time.sleep(ttl + 2 * capabilities.ttlPrecision + 30)
      assert.deepEqual(await store.setMany([write(`${prefix}short`, 'x', { ifStamp: null })]), [true])
    },
  },
  {
    title: '`ifStamp: stamp` replaces the entry with that stamp, once',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'first')])
      const ifStamp = Buffer.from(stampOf(await read(store, key)))
      assert.deepEqual(await store.setMany([write(key, 'second', { ifStamp })]), [true])
      assert.deepEqual(await store.setMany([write(key, 'third', { ifStamp })]), [false])
      assert.equal((await readValue(store, key)).toString(), 'second')
      assert.equal(await store.deleteMany([key]), 1)
      assert.deepEqual(await store.setMany([write(key, 'fourth', { ifStamp })]), [false])
      assert.equal(await read(store, key), null)
    },
  },
  {
    title: '`ifStamp: stamp` compares all 17 bytes',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'first')])
      const stamp = stampOf(await read(store, key))
      for (let i = 0; i < 17; i++) {
        const ifStamp = Buffer.from(stamp)
        ifStamp[i] = (ifStamp[i] as number) ^ 1
        assert.deepEqual(await store.setMany([write(key, 'second', { ifStamp })]), [false], `byte ${i}`)
      }
      assert.equal((await readValue(store, key)).toString(), 'first')
    },
  },
  {
    title: 'a tombstone refuses a write that compares with an older stamp',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'old')])
      const seen = Buffer.from(stampOf(await read(store, key)))
      const [tombstone] = await store.stampMany([{ key, kind: 'deleted', ttl: LONG }])
      assert.deepEqual(await store.setMany([write(key, 'late', { ifStamp: seen })]), [false])
      assert.deepEqual(await read(store, key), tombstone)
      assert.deepEqual(await store.setMany([write(key, 'new', { ifStamp: stampOf(tombstone) })]), [true])
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
    title: 'returns a result for each write of a batch',
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
    title: 'applies the writes of a batch in order',
    needs: 'conditional',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      const batch = [write(key, 'first', { ifStamp: null }), write(key, 'second', { ifStamp: null })]
      assert.deepEqual(await store.setMany(batch), [true, false])
      assert.equal((await readValue(store, key)).toString(), 'first')
    },
  },
  {
    title: 'makes exactly one of many concurrent writes with the same condition',
    needs: 'conditional',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      const race = async (ifStamp: Buffer | null) => {
        const answers = await Promise.all(
          Array.from({ length: 30 }, (_, i) => store.setMany([write(key, `writer ${i}`, { ifStamp })])),
        )
        const winners = answers.flatMap(([answer], i) => (answer === true ? [i] : []))
        assert.equal(winners.length, 1)
        assert.equal((await readValue(store, key)).toString(), `writer ${winners[0]}`)
      }
      await race(null)
      await race(Buffer.from(stampOf(await read(store, key))))
    },
  },
]
