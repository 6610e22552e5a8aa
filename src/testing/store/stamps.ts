import assert from 'node:assert/strict'
import { stampKind } from '../../stores/store.ts'
import { headOf, LONG, read, readValue, type StoreCase, write } from './case.ts'

export const stampCases: readonly StoreCase[] = [
  {
    title: 'a stamp takes the place of an entry, and of a stamp',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      await store.setMany([write(key, 'value')])
      const [first] = await store.stampMany([{ key, kind: 'invalidated', ttl: LONG }])
      assert.deepEqual(await read(store, key), first)
      const [second] = await store.stampMany([{ key, kind: 'invalidated', ttl: LONG }])
      assert.notDeepEqual(second, first)
      assert.deepEqual(await read(store, key), second)
    },
  },
  {
    title: '`onlyAbsent` leaves what is there, and answers its head',
    async run({ store, prefix: p }) {
      await store.setMany([write(`${p}entry`, 'value')])
      const [stamp] = await store.stampMany([{ key: `${p}stamp`, kind: 'invalidated', ttl: LONG }])
      const answers = await store.stampMany(
        ['entry', 'stamp', 'absent'].map((name) => ({
          key: p + name,
          kind: 'created' as const,
          ttl: LONG,
          onlyAbsent: true,
        })),
      )
      assert.deepEqual(answers[0], headOf(await read(store, `${p}entry`)))
      assert.equal((await readValue(store, `${p}entry`)).toString(), 'value')
      assert.deepEqual(answers[1], stamp)
      assert.equal(stampKind(headOf(answers[2])), 'created')
      assert.deepEqual(await read(store, `${p}absent`), answers[2])
    },
  },
  {
    title: 'who creates a stamp at once with others is answered the one that is there',
    needs: 'conditional',
    async run({ store, prefix }) {
      const key = `${prefix}key`
      const stamp = { key, kind: 'created', ttl: LONG, onlyAbsent: true } as const
      const answers = await Promise.all(Array.from({ length: 30 }, () => store.stampMany([stamp])))
      const found = await read(store, key)
      for (const [answer] of answers) assert.deepEqual(answer, found)
    },
  },
  {
    title: 'a stamp lives for its ttl',
    async run({ store, prefix: p, capabilities, time }) {
      const ttl = Math.max(50, capabilities.ttlPrecision)
      await store.stampMany([
        { key: `${p}short`, kind: 'deleted', ttl },
        { key: `${p}long`, kind: 'deleted', ttl: LONG },
      ])
      await time.sleep(ttl + 2 * capabilities.ttlPrecision + 30)
      assert.equal(await read(store, `${p}short`), null)
      assert.notEqual(await read(store, `${p}long`), null)
    },
  },
]
