import assert from 'node:assert/strict'
import { stampKind } from '../../stores/store.ts'
import { LONG, read, readValue, type StoreCase, stampOf, write } from './case.ts'

export const stampCases: readonly StoreCase[] = [
  {
    title: 'replaces an entry, and a stamp',
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
    title: '`onlyAbsent` leaves what is there, and returns its stamp',
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
      assert.deepEqual(answers[0], stampOf(await read(store, `${p}entry`)))
      assert.equal((await readValue(store, `${p}entry`)).toString(), 'value')
      assert.deepEqual(answers[1], stamp)
      assert.equal(stampKind(stampOf(answers[2])), 'created')
      assert.deepEqual(await read(store, `${p}absent`), answers[2])
    },
  },
  {
    title: 'returns the same stamp to concurrent calls with `onlyAbsent`',
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
    title: 'a stamp expires after its ttl',
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
