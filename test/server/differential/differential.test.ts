import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../helpers/both-servers.ts'
import type { RawClient } from '../helpers/raw-client.ts'
import { compare, shrink } from './compare.ts'
import { readAll, requestsOf } from './request-generator.ts'

/** Requests that follow each other on one server. */
const LENGTH = 250
/** 100,000 requests, unless the environment says otherwise. */
const TOTAL = Number(process.env.ONETRIP_SERVER_REQUESTS ?? 100_000)
const FIRST_SEED =
  process.env.ONETRIP_SEED === 'random'
    ? Math.floor(Math.random() * 2 ** 30)
    : Number(process.env.ONETRIP_SEED ?? 1)

describeRedis(`random requests from seed ${FIRST_SEED} on`, () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterEach(() => both.reset())
  afterAll(() => both.stop())

  test.each([2, 3] as const)('are answered as Redis does, byte for byte in RESP%i', async (version) => {
    const { ours, redis } = await both.connect(version)
    for (let n = 0; n < TOTAL / 2 / LENGTH; n++) {
      const seed = FIRST_SEED + 2 * n + version - 2
      const requests = [...requestsOf(seed, LENGTH), ...readAll()]
      if (await compare(ours, redis, requests)) expect.fail(await describe(ours, redis, requests, seed))
    }
  })
})

/** Describes a difference by the fewest requests that lead to it. */
async function describe(
  ours: RawClient,
  redis: RawClient,
  requests: readonly string[][],
  seed: number,
): Promise<string> {
  const first = await compare(ours, redis, requests)
  const upTo = requests.slice(0, (first?.at ?? requests.length) + 1)
  const needed = await shrink(upTo, async (some) => (await compare(ours, redis, some)) !== undefined)
  const difference = await compare(ours, redis, needed)
  return [
    `seed ${seed}: the last of these requests is answered otherwise.`,
    ...needed.slice(0, (difference?.at ?? 0) + 1).map((request) => `  ${JSON.stringify(request)}`),
    `  Redis: ${JSON.stringify(difference?.redis)}`,
    `  ours:  ${JSON.stringify(difference?.ours)}`,
  ].join('\n')
}
