import { expect, test } from 'vitest'
import { startLateProxy } from '../helpers/late-proxy.ts'
import { describeRedis } from '../helpers/redis-server.ts'
import { useQueues } from './queues.ts'

describeRedis('an addition that the network held back', () => {
  const { queue, server } = useQueues()

  test('and that arrives after its repetition and a later one is not added again', async () => {
    const proxy = await startLateProxy(server().port)
    const work = queue({ redis: `redis://127.0.0.1:${proxy.port}` })
    const note = work.task<[number], void>('note', { result: false })
    await note(0)
    proxy.holdNext()
    // The first copy is kept back; the second one goes out by a new connection.
    await note(1)
    await note(2)
    expect(await proxy.deliver()).toMatch(/^-OUTDATED/)
    const entries = await server().admin.xrange('onetrip:{work}:normal', '-', '+')
    expect(entries.map(([, fields]) => fields[3])).toEqual(['[0]', '[1]', '[2]'])
    await work.close()
    await proxy.close()
  })

  test('and that arrives after its repetition is answered as that was', async () => {
    const proxy = await startLateProxy(server().port)
    const work = queue({ redis: `redis://127.0.0.1:${proxy.port}` })
    const note = work.task<[number], void>('note', { result: false })
    await note(0)
    proxy.holdNext()
    await note(1)
    expect(await proxy.deliver()).toBe('*0\r\n')
    expect((await work.info()).waiting.total).toBe(2)
    await work.close()
    await proxy.close()
  })

  test('is compared with later ones by number, not as a text', async () => {
    const proxy = await startLateProxy(server().port)
    const work = queue({ redis: `redis://127.0.0.1:${proxy.port}` })
    const note = work.task<[number], void>('note', { result: false })
    for (let n = 0; n < 11; n++) await note(n)
    proxy.holdNext()
    await note(11)
    for (let n = 12; n < 101; n++) await note(n)
    // As texts, 12 comes after 101.
    expect(await proxy.deliver()).toMatch(/^-OUTDATED/)
    expect((await work.info()).waiting.total).toBe(101)
    await work.close()
    await proxy.close()
  })
})
