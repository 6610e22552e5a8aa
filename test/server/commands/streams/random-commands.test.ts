import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { type BothServers, startBoth } from '../../helpers/both-servers.ts'
import { streamCommands, withoutTimes } from './stream-commands.ts'

describeRedis('random commands of streams, as on Redis', () => {
  let both: BothServers
  beforeAll(async () => {
    both = await startBoth()
  })
  afterAll(() => both.stop())

  const nodes = fc.constantFrom([100, 4096], [3, 4096], [5, 0], [0, 200])

  test.each([
    ['RESP2', 2, false],
    ['RESP2, ids beyond 2^53', 2, true],
    ['RESP3', 3, false],
  ] as const)('%s', async (_, version, beyond) => {
    const { ours, redis } = await both.connect(version)
    const property = fc.asyncProperty(
      nodes,
      fc.array(streamCommands(beyond), { minLength: 60, maxLength: 120 }),
      async ([entries, bytes], commands) => {
        const all = [
          ['FLUSHALL'],
          ['SET', 'string', 'x'],
          [
            'CONFIG',
            'SET',
            'stream-node-max-entries',
            String(entries),
            'stream-node-max-bytes',
            String(bytes),
          ],
          ...commands,
        ]
        const [got, expected] = await Promise.all([ours.pipeline(all), redis.pipeline(all)])
        for (const [n, command] of all.entries())
          expect(withoutTimes(command, got[n] as string), command.join(' ')).toBe(
            withoutTimes(command, expected[n] as string),
          )
      },
    )
    await fc.assert(property, { numRuns: 40, seed: 20 })
  })
})
