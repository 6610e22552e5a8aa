import assert from 'node:assert/strict'
import { type StoreCase, write } from './case.ts'

/** Most difference between the clocks of the store and of this machine, in ms. */
const SKEW = 60_000

export const closingCases: readonly StoreCase[] = [
  {
    title: 'has the expected capabilities',
    async run({ store, capabilities }) {
      assert.deepEqual({ ...store.capabilities }, { ...capabilities })
    },
  },
  {
    title: 'has a clock in milliseconds since 1970 that goes forward',
    async run({ store, time }) {
      let last = await store.clock()
      assert.ok(Math.abs(last - time.now()) < SKEW, `${last} is far from ${time.now()}`)
      for (let i = 0; i < 5; i++) {
        await time.sleep(2)
        const next = await store.clock()
        assert.ok(next > last, `${next} after ${last}`)
        last = next
      }
    },
  },
  {
    title:
      'refuses every call after close(), with the code ERR_ONETRIP_CLOSED; a second close() does nothing',
    async run({ store, prefix }) {
      await store.setMany([write(`${prefix}key`, 'x')])
      await store.close()
      await store.close()
      const key = `${prefix}key`
      const calls: Record<string, () => Promise<unknown>> = {
        getMany: () => store.getMany([key]),
        'getMany of nothing': () => store.getMany([]),
        setMany: () => store.setMany([write(key, 'x')]),
        stampMany: () => store.stampMany([{ key, kind: 'deleted', ttl: 1_000 }]),
        touchMany: () => store.touchMany([{ key, ttl: 1_000 }]),
        deleteMany: () => store.deleteMany([key]),
        clear: () => store.clear(prefix),
        clock: () => store.clock(),
      }
      for (const [name, call] of Object.entries(calls)) {
        await assert.rejects(call, { code: 'ERR_ONETRIP_CLOSED' }, name)
      }
      const { keys } = store
      if (keys) {
        await assert.rejects(
          async () => {
            for await (const _ of keys.call(store, prefix)) break
          },
          { code: 'ERR_ONETRIP_CLOSED' },
        )
      }
      await store.close()
    },
  },
]
