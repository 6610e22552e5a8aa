import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { memoryStore } from '../../src/stores/memory/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { STAMP_LENGTH, type Store } from '../../src/stores/store.ts'
import { tieredStore } from '../../src/stores/tiered/index.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { type StoppableProxy, startStoppableProxy } from './stoppable-proxy.ts'

const TIERS = 3
const KEYS = 12
const LAG = 400
const SECONDS = Number(process.env.ONETRIP_SCHEDULE_SECONDS ?? 8)
const SEED = Number(process.env.ONETRIP_SCHEDULE_SEED ?? 1)
const LOG = 'onetrip:log'

const now = () => performance.now()
const keyOf = (n: number) => `key:${n}`

/** A state of a key that has ended, and when the end was acknowledged, and to which store. */
interface End {
  /** All versions below it have ended. */
  readonly version: number
  readonly at: number
  readonly by: number
}

describeRedis(`${TIERS} first tiers and a plain store, at random for ${SECONDS} s`, () => {
  let server: RedisServer
  let proxies: StoppableProxy[]
  beforeAll(async () => {
    server = await startRedis()
    proxies = await Promise.all(Array.from({ length: TIERS + 1 }, () => startStoppableProxy(server.port)))
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await server.stop()
  })

  it.each(['tracking', 'stream'] as const)(
    'by %s, no copy is older than the last write of its tier, nor than those of others before the lag',
    {
      timeout: SECONDS * 1_000 + 600_000,
    },
    async (coherence) => {
      const random = randomOf(SEED)
      const pick = (count: number) => Math.floor(random() * count)
      const stores = proxies.map(({ port }, n) => {
        const log = coherence === 'stream' && { maxLength: 100 }
        const second = redisStore({ url: `redis://127.0.0.1:${port}`, log })
        // The last one has no first tier, and writes as the others do.
        if (n === TIERS) return second
        return tieredStore({ first: memoryStore(), second, coherence, coherenceLag: LAG })
      })
      const versions = new Array<number>(KEYS).fill(0)
      const ends: End[][] = versions.map(() => [])
      const acknowledged = new Array<number>(KEYS).fill(0)
      const busy = new Set<number>()
      const counts = { copies: 0, reads: 0, writes: 0, failed: 0, faults: 0 }
      let late = 0
      const until = now() + SECONDS * 1_000
      const goesOn = () => now() < until || counts.copies < 1_000

      function check(store: number, key: number, version: number, begun: number): void {
        const all = ends[key] as End[]
        for (let n = all.length - 1; n >= 0; n--) {
          const end = all[n] as End
          if (version >= end.version) break
          const age = begun - end.at
          late = Math.max(late, age)
          const most = end.by === store ? 0 : LAG
          if (age > most) expect({ store, key, version, end, begun, age }).toBe(`at most ${most} ms`)
        }
      }

      async function read(n: number): Promise<void> {
        const store = stores[n] as Store
        const key = pick(KEYS)
        const begun = now()
        const [copy] = store.getCopies?.([keyOf(key)]) ?? []
        if (copy) counts.copies++
        else counts.reads++
        const found = copy ? copy.bytes : (await store.getMany([keyOf(key)]).catch(() => []))[0]
        if (Buffer.isBuffer(found) && found.length > STAMP_LENGTH)
          check(n, key, Number(found.subarray(STAMP_LENGTH)), begun)
      }

      async function write(n: number): Promise<void> {
        const store = stores[n] as Store
        const key = pick(KEYS)
        // One writer at a time: the order of the versions is that of the writes.
        if (busy.has(key)) return
        busy.add(key)
        const version = (versions[key] ?? 0) + 1
        versions[key] = version
        try {
          const kind = random()
          if (kind < 0.6) {
            const [done] = await store.setMany([
              { key: keyOf(key), value: Buffer.from(String(version).padStart(20)), ttl: 600_000 },
            ])
            if (done !== true) throw done
          } else if (kind < 0.8) {
            const [stamp] = await store.stampMany([{ key: keyOf(key), kind: 'deleted', ttl: 600_000 }])
            if (!Buffer.isBuffer(stamp)) throw stamp
          } else await store.deleteMany([keyOf(key)])
          ends[key]?.push({ version, at: now(), by: n })
          acknowledged[key] = version
          counts.writes++
        } catch {
          counts.failed++
          // It may still be applied, by a connection that is only stopped.
          await sleep(1_500)
        } finally {
          busy.delete(key)
        }
      }

      /** All values that were acknowledged before are gone. */
      async function lose(how: () => Promise<unknown>): Promise<void> {
        const before = [...acknowledged]
        await how()
        for (const [key, version] of before.entries())
          ends[key]?.push({ version: version + 0.5, at: now(), by: -1 })
      }

      async function disturb(): Promise<void> {
        while (goesOn()) {
          await sleep(50 + random() * 200)
          counts.faults++
          const proxy = proxies[pick(proxies.length)] as StoppableProxy
          const fault = random()
          if (fault < 0.25) proxy.cut()
          else if (fault < 0.45) {
            proxy.stop()
            await sleep(random() * 900)
            if (random() < 0.5) proxy.cut()
            proxy.go()
          } else if (fault < 0.55) await server.admin.del(LOG)
          else if (fault < 0.7) await server.admin.xtrim(LOG, 'MAXLEN', pick(3))
          else if (fault < 0.76) await server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => {})
          else if (fault < 0.8) await server.admin.script('FLUSH')
          else if (fault < 0.92) await lose(() => server.admin.flushall())
          else await lose(() => server.restart())
        }
      }

      const loop = async (work: () => Promise<void>, pause: number) => {
        while (goesOn()) {
          await work()
          await (random() < 0.05 ? sleep(pause) : new Promise(setImmediate))
        }
      }
      try {
        await Promise.all([
          disturb(),
          ...stores.flatMap((_, n) => [
            loop(() => read(n), 1),
            loop(async () => {
              await sleep(random() * 20)
              await write(n)
            }, 20),
          ]),
        ])
      } finally {
        for (const proxy of proxies) proxy.go()
        await Promise.all(stores.map((store) => store.close()))
      }
      console.log(`${coherence}: ${JSON.stringify(counts)}, oldest copy ${late.toFixed(0)} ms`)
    },
  )
})

/** Numbers from 0 to below 1, the same for a seed. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 7919) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
