import { expect, it } from 'vitest'
import { Aggregator } from '../../../src/metrics/redis/aggregator.ts'
import { metricsKeys } from '../../../src/metrics/redis/keys.ts'
import { readMetrics } from '../../../src/metrics/redis/read-metrics.ts'
import { RedisMetrics } from '../../../src/metrics/redis/redis-metrics.ts'
import { SCRIPTS } from '../../../src/metrics/redis/scripts.ts'
import { CommandClient } from '../../../src/redis/command-client.ts'
import { TestClock } from '../../helpers/test-clock.ts'
import { describeEveryClient } from '../../streams/every-client.ts'
import { Counts, numbersOf, pagesOf } from './counts.ts'

describeEveryClient('metrics', (at) => {
  for (const prefix of ['onetrip', 'shop:{eu}:metrics', 'a b']) {
    it(`are pushed, added up and read, with the prefix "${prefix}"`, async () => {
      const clock = new TestClock()
      const counts = new Counts(() => clock.wall())
      const metrics = at.opened(
        new RedisMetrics({ redis: at.redis, prefix, name: 'one', interval: 1_000, source: counts }, clock),
      )
      counts.count(3)
      await metrics.flush()
      const client = at.opened(new CommandClient('The metrics', 'metrics', at.redis, SCRIPTS, clock))
      const keys = metricsKeys(prefix, client.isCluster)
      await at.opened(new Aggregator(client, keys, clock, () => {})).run()
      expect(Number(await client.call('EXISTS', [keys.applied]))).toBe(1)
      counts.count(4)
      await metrics.flush()
      const reader = at.opened(readMetrics(at.redis, { prefix }))
      expect(numbersOf(await reader.totals())).toEqual(pagesOf(7))
      const minutes = await reader.series({ step: 'minute' })
      expect(minutes.map(({ pages }) => pages).reduce((sum, pages) => sum + pages)).toBe(7)
      expect(await reader.processes()).toMatchObject([{ pid: process.pid, pages: 7 }])
    })
  }
})
