import { Redis } from 'ioredis'
import { StoreError } from 'onetrip'
import { toolkit, variable } from 'onetrip/toolkit'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

describeRedis('A graph that many clients use', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(() => server.admin.flushall())
  afterAll(() => server.stop())

  it('has each fact whole or not at all, while 100 of them add and delete', async () => {
    const clients = Array.from({ length: 100 }, () => new Redis(server.port))
    const graphs = clients.map((client) => toolkit(client).graph('shared'))
    const work = async (graph: (typeof graphs)[number], n: number) => {
      let added = 0
      for (let fact = 0; fact < 10; fact++) {
        if (await graph.add('all', 'knows', fact)) added++
        await graph.add(n, 'has', fact)
        if (fact % 2) expect(await graph.delete(n, 'has', fact)).toBe(true)
      }
      return added
    }
    const added = await Promise.all(graphs.map(work))
    expect(added.reduce((sum, count) => sum + count)).toBe(10)
    const [graph] = graphs as [(typeof graphs)[number]]
    expect(await graph.size()).toBe(10 + 500)
    const fact = variable('fact')
    const client = variable('client')
    const rows = await graph.search([
      ['all', 'knows', fact],
      [client, 'has', fact],
    ])
    expect(rows).toHaveLength(500)
    for (const client of clients) client.disconnect()
  })

  it('rejects while Redis is gone, and after close', async () => {
    const kit = toolkit({ port: server.port, maxRetriesPerRequest: 0 })
    const graph = kit.graph('people')
    await graph.add('a', 'b', 'c')
    await server.kill()
    await expect(graph.match().toArray()).rejects.toBeInstanceOf(StoreError)
    await expect(graph.search([['a', 'b', variable('x')]])).rejects.toBeInstanceOf(StoreError)
    await server.restart()
    await expect.poll(() => graph.size().catch(() => -1)).toBe(0)
    await kit.close()
    await expect(graph.add('a', 'b', 'c')).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    await expect(graph.match().toArray()).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })
})
