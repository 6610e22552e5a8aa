import { expect, test } from 'vitest'
import { CommandClient } from '../../../../src/redis/command-client.ts'
import { json } from '../../../../src/toolkit/codec/codec.ts'
import { createContext } from '../../../../src/toolkit/kit-context.ts'
import { RateLimit } from '../../../../src/toolkit/rate-limit/rate-limit.ts'
import { WebRateLimit } from '../../../../src/toolkit/rate-limit/web/web-rate-limit.ts'
import { describeRedis } from '../../../helpers/redis-server.ts'
import { TestClock } from '../../../helpers/test-clock.ts'
import { useKits } from '../../kit-fixture.ts'

describeRedis('a rate limit of requests', () => {
  const { server } = useKits()

  test('reports once that Redis does not answer to many requests at one time', async () => {
    const clock = new TestClock()
    const client = new CommandClient('The toolkit', 'toolkit', server().url)
    const context = { ...createContext(client, '', json()), clock }
    const limit = new RateLimit(context, 'pages', { limit: 5, per: '1m' })
    const errors: Error[] = []
    const web = new WebRateLimit('test', limit, { report: (error) => void errors.push(error) }, [])
    const ask = () => web.check({ ip: '192.0.2.1', headers: {} })
    await ask()
    server().pause()
    const waiting = Promise.all(Array.from({ length: 20 }, ask))
    await clock.until(waiting)
    const first = errors.length
    clock.advance(1_000)
    await clock.until(ask())
    server().resume()
    await client.close()
    expect([first, errors.length]).toEqual([1, 2])
  })
})
