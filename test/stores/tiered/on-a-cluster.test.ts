import { Cluster as Cluster5 } from 'ioredis5'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/clock.ts'
import { keySlot } from '../../../src/redis/slot.ts'
import { memoryStore } from '../../../src/stores/memory/index.ts'
import { type RedisClient, redisStore } from '../../../src/stores/redis/index.ts'
import type { Store } from '../../../src/stores/store.ts'
import { tieredStore } from '../../../src/stores/tiered/index.ts'
import { untilCopied } from '../../helpers/copies.ts'
import { PATIENT_CLUSTER } from '../../helpers/patient-stores.ts'
import { firstSlot, type RedisCluster, startRedisCluster } from '../../helpers/redis-cluster.ts'
import { describeRedis } from '../../helpers/redis-server.ts'
import { slowClock } from '../../helpers/slow-clock.ts'
import { steadyClock } from '../../helpers/steady-clock.ts'

const LAG = 1_000
/** Timeout of what ioredis does in real time. */

/** One key for each third of the slots. */
const KEYS = [0, 1, 2].map((n) => {
  for (let i = 0; ; i++) {
    const slot = keySlot(`key:${i}`)
    if (slot >= firstSlot(n) && slot < firstSlot(n + 1)) return `key:${i}`
  }
}) as [string, string, string]

/** The node that has the log, and the two others. */
const LOG_SLOT = keySlot('onetrip:log')
const LOG_NODE = [0, 1, 2].find((n) => LOG_SLOT < firstSlot(n + 1)) as number
const [ELSEWHERE, ELSEWHERE_TOO] = KEYS.filter((_, n) => n !== LOG_NODE) as [string, string]

const writes = (keys: readonly string[], value: string) =>
  keys.map((key) => ({ key, value: Buffer.from(value), ttl: 600_000 }))
const textOf = (found: Buffer | null | Error | undefined) =>
  Buffer.isBuffer(found) ? found.subarray(17).toString() : found

describeRedis('tieredStore on a Redis Cluster', () =>
  describe.each(['tracking', 'stream'] as const)('by %s', (coherence) => {
    const log = coherence === 'stream'
    let cluster: RedisCluster
    const open: Store[] = []
    beforeAll(async () => {
      cluster = await startRedisCluster()
    })
    afterEach(async () => {
      await Promise.all(open.splice(0).map((store) => store.close()))
      await cluster.whole()
    })
    afterAll(() => cluster.stop())

    function tiered(
      second: Store = plain(),
      clock: Clock = slowClock,
    ): Store & Required<Pick<Store, 'getCopies'>> {
      const store = tieredStore(
        { first: memoryStore({}, clock), second, coherence, coherenceLag: LAG, prefix: 'key' },
        clock,
      )
      open.push(store)
      return store as Store & Required<Pick<Store, 'getCopies'>>
    }

    function plain(keyPrefix = '', clock: Clock = slowClock): Store {
      const nodes = cluster.addresses
      const store = redisStore({ ...PATIENT_CLUSTER, nodes, keyPrefix, log, nodeTimeout: 3_000 }, clock)
      open.push(store)
      return store
    }

    /** Reads what a page would show. */
    async function read(store: Store, keys: readonly string[]): Promise<unknown[]> {
      const held = store.getCopies?.(keys)
      return held ? held.map(({ bytes }) => textOf(bytes)) : (await store.getMany(keys)).map(textOf)
    }

    async function write(store: Store, keys: readonly string[], value: string): Promise<void> {
      const answers = () => store.setMany(writes(keys, value)).catch(String)
      await expect.poll(answers).toEqual(keys.map(() => true))
    }

    /** Waits until it returns a write, perhaps of another node, which then stays. */
    async function shows(store: Store, key: string, value: string): Promise<void> {
      await expect.poll(() => read(store, [key]).catch(String)).toEqual([value])
      await untilCopied(store, key)
      expect(await read(store, [key])).toEqual([value])
    }

    it('reads what it has copies of without a command, and drops what another process writes, on each node', async () => {
      const [store, other] = [tiered(), plain()]
      await write(other, KEYS, 'old')
      await untilCopied(store, ...KEYS)
      expect(await read(store, KEYS)).toEqual(['old', 'old', 'old'])
      for (const key of KEYS) {
        await write(other, [key], 'new')
        await expect.poll(() => store.getCopies([key])).toBe(undefined)
        expect(await read(store, [key])).toEqual(['new'])
        await untilCopied(store, ...KEYS)
      }
      await other.deleteMany([KEYS[1]])
      await expect.poll(() => store.getCopies([KEYS[1]])).toBe(undefined)
      expect(await read(store, KEYS)).toEqual(['new', null, 'new'])
    })

    it('knows keys with braces and a keyPrefix', async () => {
      const store = tiered(plain('{shop}:'))
      const other = plain('{shop}:')
      const keys = ['key:{a}', 'key:%7B', 'key:}%{']
      await write(other, keys, 'old')
      await untilCopied(store, ...keys)
      for (const key of keys) {
        await write(other, [key], 'new')
        await expect.poll(() => store.getCopies([key])).toBe(undefined)
        expect(await read(store, [key])).toEqual(['new'])
      }
    })

    it("works by a client of the user's own ioredis 5", async () => {
      const client = new Cluster5([...cluster.addresses], PATIENT_CLUSTER)
      client.on('error', () => {})
      const store = tiered(redisStore({ client: client as unknown as RedisClient, log }, slowClock))
      const other = plain()
      await write(other, KEYS, 'old')
      await untilCopied(store, ...KEYS)
      await write(other, [KEYS[2]], 'new')
      await expect.poll(() => store.getCopies([KEYS[2]])).toBe(undefined)
      await store.close()
      client.disconnect()
    })

    it.each([
      ['of a key', keySlot(KEYS[0])],
      ['of the log', LOG_SLOT],
    ])('returns nothing old while the slot %s moves to another node', async (_name, slot) => {
      const [store, other] = [tiered(), plain()]
      await write(other, KEYS, '0')
      await untilCopied(store, ...KEYS)
      const third = (LOG_NODE + 1) % 3 || 1
      const [from, to] = [await cluster.primaryOf(slot), await cluster.primaryOf(firstSlot(third))]
      if (!from || !to) throw new Error('the cluster is not whole')
      let moved = false
      const moving = cluster.migrateSlots([slot, slot], from, to, 50).finally(() => {
        moved = true
      })
      for (let n = 1; !moved || n < 20; n++) {
        await write(other, [KEYS[0]], `${n}`)
        await shows(store, KEYS[0], `${n}`)
      }
      await moving
      await cluster.migrateSlots([slot, slot], to, from)
    })

    it('returns nothing old after a failover without loss', async () => {
      const [store, other] = [tiered(), plain()]
      await write(other, KEYS, 'old')
      await untilCopied(store, ...KEYS)
      const before = await cluster.primaryOf(firstSlot(1))
      const index = cluster.nodes.indexOf(before as never)
      const replica = cluster.nodes[(index + 3) % 6]
      // A replica that is delayed gives up its election, and is asked again.
      const failedOver = async () => {
        await replica?.admin.cluster('FAILOVER').catch(() => {})
        return (await cluster.primaryOf(firstSlot(1)))?.port
      }
      await expect.poll(failedOver, { interval: 500 }).toBe(replica?.port)
      for (let n = 0; n < 40; n++) {
        await write(other, [KEYS[1]], `${n}`)
        await shows(store, KEYS[1], `${n}`)
      }
      await untilCopied(store, ...KEYS)
    })

    it('uses no copies while a node is down, until its replica serves', async () => {
      const [store, other] = [tiered(), plain()]
      await write(other, KEYS, 'old')
      await untilCopied(store, ...KEYS)
      const killed = await cluster.killPrimary(LOG_NODE)
      await expect.poll(() => store.getCopies([ELSEWHERE])).toBe(undefined)
      await write(other, KEYS, 'new')
      // A read is an error until the client has also found the new primary.
      await expect.poll(() => read(store, KEYS).catch(String)).toEqual(['new', 'new', 'new'])
      await untilCopied(store, ...KEYS)
      const key = KEYS[LOG_NODE] as string
      await write(other, [key], 'newer')
      await expect.poll(() => store.getCopies([key])).toBe(undefined)
      await killed.restart()
    })

    it('uses no copies past the lag while a node is silent', async () => {
      const clock = steadyClock()
      const store = tiered(plain('', clock), clock)
      await write(store, KEYS, 'old')
      await untilCopied(store, ...KEYS)
      const node = await cluster.primaryOf(LOG_SLOT)
      node?.pause()
      try {
        clock.advance(LAG - 1)
        // A replica that is followed only now has all copies dropped, once.
        await untilCopied(store, ELSEWHERE)
        clock.advance(1)
        expect(store.getCopies([ELSEWHERE])).toBe(undefined)
        // Answers of the other nodes are not enough.
        expect((await store.getMany([ELSEWHERE, ELSEWHERE_TOO])).map(textOf)).toEqual(['old', 'old'])
        expect(store.getCopies([ELSEWHERE])).toBe(undefined)
      } finally {
        node?.resume()
      }
      await untilCopied(store, ...KEYS)
    })
  }),
)
