import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keySlot } from '../../src/redis/slot.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { type RedisCluster, startRedisCluster } from '../helpers/redis-cluster.ts'
import { describeRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts'
import { KEYS, keyOf, RandomSchedule, TIERS } from './random-schedule.ts'
import { type StoppableProxy, startStoppableProxy } from './stoppable-proxy.ts'

const SECONDS = Number(process.env.ONETRIP_SCHEDULE_SECONDS ?? 8)
const SEED = Number(process.env.ONETRIP_SCHEDULE_SEED ?? 1)
const TIMEOUT = { timeout: SECONDS * 1_000 + 600_000 }
const LOG = 'onetrip:log'

describeRedis(`${TIERS} first tiers and a plain store, at random for ${SECONDS} s`, () => {
  describe.each(['tracking', 'stream'] as const)('by %s show nothing older than allowed', (coherence) => {
    const log = coherence === 'stream' && { maxLength: 100 }
    const settings = { coherence, seconds: SECONDS, seed: SEED }

    async function run(schedule: RandomSchedule, disturb: () => Promise<unknown>): Promise<void> {
      try {
        await schedule.run(disturb)
      } finally {
        await schedule.close()
      }
      const { counts, late } = schedule
      console.log(`${coherence}: ${JSON.stringify(counts)}, the oldest value by ${late.toFixed(0)} ms`)
      expect(counts.writes).toBeGreaterThan(0)
    }

    describe('on one server', () => {
      let server: RedisServer
      let proxies: StoppableProxy[]
      beforeAll(async () => {
        server = await startRedis()
        const starting = Array.from({ length: TIERS + 1 }, () => startStoppableProxy(server.port))
        proxies = await Promise.all(starting)
      })
      afterAll(async () => {
        await Promise.all(proxies.map((proxy) => proxy.close()))
        await server.stop()
      })

      it(
        'that is restarted, emptied, and loses its log, by connections that are cut and stopped',
        TIMEOUT,
        async () => {
          const open = (n: number) => redisStore({ url: `redis://127.0.0.1:${proxies[n]?.port}`, log })
          const schedule = new RandomSchedule({ ...settings, lag: 400, open })
          const { admin } = server
          await run(schedule, async () => {
            const proxy = proxies[schedule.pick(proxies.length)] as StoppableProxy
            const fault = schedule.random()
            if (fault < 0.25) proxy.cut()
            else if (fault < 0.45) {
              proxy.stop()
              await sleep(schedule.random() * 900)
              if (schedule.random() < 0.5) proxy.cut()
              proxy.go()
            } else if (fault < 0.55) await admin.del(LOG)
            else if (fault < 0.7) await admin.xtrim(LOG, 'MAXLEN', schedule.pick(3))
            else if (fault < 0.76) await admin.call('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => {})
            else if (fault < 0.8) await admin.script('FLUSH')
            else if (fault < 0.92) await schedule.lose(() => admin.flushall())
            else await schedule.lose(() => server.restart())
          })
        },
      )
    })

    describe('on a cluster', () => {
      let cluster: RedisCluster
      beforeAll(async () => {
        cluster = await startRedisCluster()
      })
      afterAll(() => cluster.stop())

      it(
        'whose nodes are replaced and paused, whose slots move, and which loses its log',
        TIMEOUT,
        async () => {
          const open = () => redisStore({ nodes: cluster.addresses, log, slotsRefreshTimeout: 60_000 })
          const schedule = new RandomSchedule({ ...settings, lag: 1_000, open })
          await run(schedule, async () => {
            const key = schedule.random() < 0.4 ? LOG : keyOf(schedule.pick(KEYS))
            const slot = keySlot(key)
            const primary = await cluster.primaryOf(slot)
            if (!primary) return
            const fault = schedule.random()
            if (fault < 0.35) {
              const replica = cluster.nodes[(cluster.nodes.indexOf(primary) + 3) % 6]
              // Without loss. It is refused while another change is under way.
              await replica?.admin.cluster('FAILOVER').catch(() => {})
              await sleep(500)
            } else if (fault < 0.5) await primary.admin.del(LOG).catch(() => {})
            else if (fault < 0.75)
              await primary.admin.call('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => {})
            else if (fault < 0.85) {
              primary.pause()
              await sleep(schedule.random() * 900)
              primary.resume()
            } else {
              const other = await cluster.primaryOf((slot + 5_461) % 16_384)
              if (other && other !== primary) await cluster.migrateSlots([slot, slot], primary, other, 5)
            }
          })
        },
      )
    })
  })
})
