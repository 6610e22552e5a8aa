import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { valueEnd } from '../../faults/resp.ts'
import { type FaultProxy, startFaultProxy } from '../../helpers/fault-proxy.ts'
import { patientRedisStore } from '../../helpers/patient-stores.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { cacheOf, told } from '../../helpers/templates.ts'

/** Values that are no strings. One wrong bit makes the first three of the `$` before a string. */
const WRONG = [
  ',1.5',
  ':17',
  '*2\r\n:1\r\n:2',
  '+text',
  '_',
  '#t',
  '(123',
  '%1\r\n:1\r\n:2',
  '*-1',
  '-ERR no',
]

describeRedis('a page whose reply from Redis has a value of another type', () => {
  let server: RedisServer
  let proxy: FaultProxy
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startFaultProxy(server.port)
  })
  afterEach(() => proxy.set())
  afterAll(async () => {
    await proxy.close()
    await server.stop()
  })

  it.each([0, 1].flatMap((at) => WRONG.map((wrong) => [at, wrong] as const)))(
    'in place %i: %j',
    async (at, wrong) => {
      const store = patientRedisStore({ url: `redis://127.0.0.1:${proxy.port}` })
      const page = '{% cache "card", tags=["film"] %}<b>{{ name }}</b>{% endcache %}'
      const { cache, html, events } = cacheOf(page, { store, secret: 'sixteen characters or more' })
      expect(await html({ name: 'Alien' })).toBe('<b>Alien</b>')
      events.length = 0
      proxy.set({ reply: (reply, command) => (command === 'mget' ? withValue(reply, at, wrong) : reply) })
      expect(await html({ name: 'Alien' })).toBe('<b>Alien</b>')
      expect(proxy.struck).toBeGreaterThan(0)
      proxy.set()
      expect(told(events, 'miss', 'hit')).toHaveLength(1)
      events.length = 0
      await expect
        .poll(async () => [await html({ name: 'Alien' }), ...told(events.splice(0), 'hit')])
        .toEqual(['<b>Alien</b>', 'hit card'])
      await cache.close()
    },
  )
})

/** Replaces one value of an array. */
function withValue(array: Buffer, n: number, value: string): Buffer {
  let from = array.indexOf('\r\n') + 2
  for (let skipped = 0; skipped < n; skipped++) from = valueEnd(array, from)
  return Buffer.concat([
    array.subarray(0, from),
    Buffer.from(`${value}\r\n`),
    array.subarray(valueEnd(array, from)),
  ])
}
