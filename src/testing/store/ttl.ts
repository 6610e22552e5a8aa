import assert from 'node:assert/strict'
import { LONG, read, type StoreCase, type StoreTest, write } from './case.ts'

interface Short<T> {
  readonly answer: T
  /** Time after which the TTL has ended for certain, in ms. */
  readonly over: number
}

/** Does work within a short TTL. Repeats it with a longer one if the machine was too busy. */
async function during<T>(
  { capabilities: { ttlPrecision }, time }: StoreTest,
  work: (ttl: number) => Promise<T>,
): Promise<Short<T>> {
  for (let ttl = Math.max(300, 2 * ttlPrecision); ; ttl *= 2) {
    const begun = time.now()
    const answer = await work(ttl)
    if (time.now() - begun < ttl - ttlPrecision) return { answer, over: ttl + 2 * ttlPrecision + 30 }
  }
}

export const ttlCases: readonly StoreCase[] = [
  {
    title: 'an entry expires after its ttl',
    async run(test) {
      const { store, prefix: p, time } = test
      const { answer: found, over } = await during(test, async (ttl) => {
        await store.setMany([write(`${p}short`, 'x', { ttl }), write(`${p}long`, 'x')])
        return read(store, `${p}short`)
      })
      assert.notEqual(found, null)
      await time.sleep(over)
      assert.equal(await read(store, `${p}short`), null)
      assert.notEqual(await read(store, `${p}long`), null)
    },
  },
  {
    title: 'a new write sets its own ttl, a shorter one too',
    async run(test) {
      const { store, prefix, time } = test
      const { over } = await during(test, async (ttl) => {
        await store.setMany([write(`${prefix}longer`, 'x', { ttl }), write(`${prefix}shorter`, 'x')])
        await store.setMany([write(`${prefix}longer`, 'y'), write(`${prefix}shorter`, 'y', { ttl })])
      })
      await time.sleep(over)
      assert.notEqual(await read(store, `${prefix}longer`), null)
      assert.equal(await read(store, `${prefix}shorter`), null)
    },
  },
  {
    title: 'a touch lengthens a ttl, writes no bytes, and reports an absent key',
    async run(test) {
      const { store, prefix: p, time } = test
      const { answer, over } = await during(test, async (ttl) => {
        await store.setMany([write(`${p}touched`, 'x', { ttl }), write(`${p}left`, 'x', { ttl })])
        const found = await read(store, `${p}touched`)
        const touched = await store.touchMany([
          { key: `${p}touched`, ttl: LONG },
          { key: `${p}absent`, ttl: LONG },
        ])
        return { found, touched }
      })
      assert.deepEqual(answer.touched, [true, false])
      await time.sleep(over)
      assert.deepEqual(await read(store, `${p}touched`), answer.found)
      assert.equal(await read(store, `${p}left`), null)
      assert.equal(await read(store, `${p}absent`), null)
      assert.deepEqual(await store.touchMany([{ key: `${p}left`, ttl: LONG }]), [false])
    },
  },
  {
    title: 'a touch never shortens a ttl',
    async run(test) {
      const { store, prefix, time } = test
      await store.setMany([write(`${prefix}key`, 'x')])
      const { answer, over } = await during(test, (ttl) => store.touchMany([{ key: `${prefix}key`, ttl }]))
      assert.deepEqual(answer, [true])
      await time.sleep(over)
      assert.notEqual(await read(store, `${prefix}key`), null)
    },
  },
  {
    title: "'forever' never expires, also after a touch with a ttl",
    async run(test) {
      const { store, prefix, time } = test
      const keys = [`${prefix}written`, `${prefix}touched`]
      const [written, touched] = keys as [string, string]
      const { answer, over } = await during(test, async (ttl) => {
        await store.setMany([write(written, 'x', { ttl: 'forever' }), write(touched, 'x', { ttl })])
        const longer = await store.touchMany([{ key: touched, ttl: 'forever' }])
        return [...longer, ...(await store.touchMany(keys.map((key) => ({ key, ttl }))))]
      })
      assert.deepEqual(answer, [true, true, true])
      assert.deepEqual(await store.touchMany([{ key: `${prefix}absent`, ttl: 'forever' }]), [false])
      await time.sleep(over)
      for (const value of await store.getMany(keys)) assert.ok(Buffer.isBuffer(value))
    },
  },
  {
    title: 'a ttl that is not a whole number of at least 1 is an Error of its key alone',
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
