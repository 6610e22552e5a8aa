import assert from 'node:assert/strict'
import type { StoreKeeps } from '../../stores/store.ts'
import { LONG, read, type StoreCase, sleep, write } from './case.ts'

/** A short life, and how long to wait until it is over for certain. */
function short({ ttlPrecision }: StoreKeeps): { ttl: number; over: number } {
  const ttl = Math.max(300, 2 * ttlPrecision)
  return { ttl, over: ttl + 2 * ttlPrecision + 30 }
}

export const lifeCases: readonly StoreCase[] = [
  {
    title: 'an entry is there for its ttl, and not longer',
    async run({ store, prefix: p, keeps }) {
      const { ttl, over } = short(keeps)
      const before = performance.now()
      await store.setMany([write(`${p}short`, 'x', { ttl }), write(`${p}long`, 'x')])
      const found = await read(store, `${p}short`)
      // A machine that stands still for longer than the ttl proves nothing.
      if (performance.now() - before < ttl - keeps.ttlPrecision) assert.notEqual(found, null)
      await sleep(over)
      assert.equal(await read(store, `${p}short`), null)
      assert.notEqual(await read(store, `${p}long`), null)
    },
  },
  {
    title: 'a new write brings its own ttl, a shorter one too',
    async run({ store, prefix, keeps }) {
      const { ttl, over } = short(keeps)
      await store.setMany([write(`${prefix}longer`, 'x', { ttl }), write(`${prefix}shorter`, 'x')])
      await store.setMany([write(`${prefix}longer`, 'y'), write(`${prefix}shorter`, 'y', { ttl })])
      await sleep(over)
      assert.notEqual(await read(store, `${prefix}longer`), null)
      assert.equal(await read(store, `${prefix}shorter`), null)
    },
  },
  {
    title: 'a touch lengthens a life, writes no bytes, and says where the key is absent',
    async run({ store, prefix: p, keeps }) {
      const { ttl, over } = short(keeps)
      await store.setMany([write(`${p}touched`, 'x', { ttl }), write(`${p}left`, 'x', { ttl })])
      const found = await read(store, `${p}touched`)
      const answers = await store.touchMany([
        { key: `${p}touched`, ttl: LONG },
        { key: `${p}absent`, ttl: LONG },
      ])
      assert.deepEqual(answers, [true, false])
      await sleep(over)
      assert.deepEqual(await read(store, `${p}touched`), found)
      assert.equal(await read(store, `${p}left`), null)
      assert.equal(await read(store, `${p}absent`), null)
      assert.deepEqual(await store.touchMany([{ key: `${p}left`, ttl: LONG }]), [false])
    },
  },
  {
    title: 'a touch never shortens a life',
    async run({ store, prefix, keeps }) {
      const { ttl, over } = short(keeps)
      await store.setMany([write(`${prefix}key`, 'x')])
      assert.deepEqual(await store.touchMany([{ key: `${prefix}key`, ttl }]), [true])
      await sleep(over)
      assert.notEqual(await read(store, `${prefix}key`), null)
    },
  },
  {
    title: "'forever' is a life without end, which no later touch shortens",
    async run({ store, prefix }) {
      const keys = [`${prefix}written`, `${prefix}touched`]
      const [written, touched] = keys as [string, string]
      const ttl = Math.max(20, store.keeps.ttlPrecision)
      await store.setMany([write(written, 'x', { ttl: 'forever' }), write(touched, 'x', { ttl })])
      assert.deepEqual(await store.touchMany([{ key: touched, ttl: 'forever' }]), [true])
      assert.deepEqual(await store.touchMany(keys.map((key) => ({ key, ttl }))), [true, true])
      assert.deepEqual(await store.touchMany([{ key: `${prefix}absent`, ttl: 'forever' }]), [false])
      await sleep(3 * ttl)
      for (const value of await store.getMany(keys)) assert.ok(Buffer.isBuffer(value))
    },
  },
  {
    title: 'a ttl that is no whole number of at least 1 is an Error of its key alone',
    async run({ store, prefix: p }) {
      const wrong = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]
      const last = wrong.length
      const ttls = [...wrong, 60_000]
      const writes = ttls.map((ttl, i) => write(i === last ? `${p}right` : `${p}${i}`, 'x', { ttl }))
      const stamps = writes.map(({ key }, i) => ({
        key: `${key}:stamp`,
        kind: 'created' as const,
        ttl: ttls[i] as number,
      }))
      const written = await store.setMany(writes)
      const stamped = await store.stampMany(stamps)
      const touched = await store.touchMany(writes.map(({ ttl }) => ({ key: `${p}right`, ttl })))
      for (const [what, answers] of Object.entries({ written, stamped, touched })) {
        answers.forEach((answer, i) => {
          assert.equal(
            answer instanceof Error,
            i !== last,
            `${what} with a ttl of ${writes[i]?.ttl}: ${answer}`,
          )
        })
      }
      const found = await store.getMany([...writes, ...stamps].map(({ key }) => key))
      found.forEach((value, i) => {
        assert.equal(
          value === null,
          i % (last + 1) !== last,
          `${i}: no key without an end, nor one that ends at once`,
        )
      })
    },
  },
]
