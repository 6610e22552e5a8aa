import { Redis } from 'ioredis'
import { StoreError } from 'onetrip'
import { type TextIndex, toolkit } from 'onetrip/toolkit'
import { afterEach, expect, it } from 'vitest'
import { deferred } from '../../helpers/deferred.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

const OWN = ['alpha', 'beta', 'gamma', 'delta']

describeRedis('A full-text index that many clients use', () => {
  let server: RedisServer
  const clients: Redis[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    await server.stop()
  })

  const openIndexes = (count: number): TextIndex<number>[] =>
    Array.from({ length: count }, () => {
      const client = new Redis(server.port)
      client.on('error', () => {}) // a test kills its server
      clients.push(client)
      return toolkit(client).index<number>('shared', { facets: ['group'] })
    })

  it('counts exactly while 100 of them add, update and remove', async () => {
    server = await startRedis()
    const indexes = openIndexes(100)
    // Each client writes its own documents, and all of them one document.
    const work = async (index: TextIndex<number>, client: number) => {
      for (let n = 0; n < 6; n++) {
        const key = `c${client}-${n}`
        const group = String(client % 3)
        await index.add(key, `shared ${OWN[n % 4]} word${client}`, { data: n, facets: { group } })
        await index.add('all', `everybody ${OWN[(client + n) % 4]} ${'x '.repeat(n)}`)
        if (n % 3 === 0) await index.update(key, `shared ${OWN[n % 4]} changed`)
        if (n % 3 === 1) expect(await index.remove(key)).toBe(true)
        if (n % 3 === 2) await index.replace(key, `shared replaced word${client}`)
      }
    }
    await Promise.all(indexes.map(work))
    const [index] = indexes as [TextIndex<number>]
    const total = async (query: string) => (await index.search(query, { candidates: 10_000 })).total
    expect(await index.count()).toBe(401)
    expect(await total('shared')).toBe(400)
    expect(await total('changed')).toBe(200)
    expect(await total('replaced')).toBe(200)
    expect(await total('word7')).toBe(2)
    expect(await total('gamma')).toBe((await total('everybody gamma')) as number)
    expect(await total('everybody')).toBe(1)
    const { facets } = await index.search('shared', { facets: ['group'], candidates: 10_000 })
    expect(facets.group).toEqual([
      { value: '0', count: 68 },
      { value: '1', count: 66 },
      { value: '2', count: 66 },
    ])
    await expectExact(server)

    const removed = await Promise.all(indexes.map((one) => one.clear()))
    expect(removed.reduce((sum, count) => sum + count)).toBe(401)
    expect(await server.admin.dbsize()).toBe(0)
  })

  it('is as whole after a lost connection as before, whatever was carried out', async () => {
    server = await startRedis()
    const [index] = openIndexes(1) as [TextIndex<number>]
    await index.add('1', 'star wars', { data: 1 })
    const cut = deferred()
    const writes = Array.from({ length: 200 }, (_, n) => {
      if (n === 100)
        server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').finally(cut.resolve)
      return index.update('1', n % 2 ? `star trek ${n}` : `star wars ${n}`)
    })
    await Promise.allSettled(writes)
    await cut.promise
    await expect.poll(() => index.count().catch(() => -1)).toBe(1)
    await expectExact(server)
  })

  it('rejects when Redis is killed, and works on the empty one that comes back', async () => {
    server = await startRedis()
    const index = toolkit(server.url).index<number>('shared')
    const documents = Array.from({ length: 5_000 }, (_, n) => ({ key: String(n), text: `word ${n}` }))
    let killed: Promise<void> | undefined
    const adding = index.addMany(documents, {
      chunk: 50,
      onProgress: (added) => {
        if (added === 500) killed = server.restart()
      },
    })
    await expect(adding).rejects.toBeInstanceOf(StoreError)
    await killed
    // Of the chunk in which it failed, some may have waited for the new connection.
    expect(await index.count()).toBeLessThanOrEqual(50)
    await expectExact(server)
    expect(await index.addMany(documents.slice(0, 1_000))).toBe(1_000)
    expect(await index.count()).toBe(1_000)
    expect((await index.search('word 42')).total).toBe(1)
  })

  it('rejects after close, and ends a long addition by its signal', async () => {
    server = await startRedis()
    const kit = toolkit(server.url)
    const index = kit.index<number>('shared')
    const stop = new AbortController()
    const documents = Array.from({ length: 100 }, (_, n) => ({ key: String(n), text: `word ${n}` }))
    const adding = index.addMany(documents, {
      chunk: 10,
      signal: stop.signal,
      onProgress: (added) => added === 30 && stop.abort(new Error('enough')),
    })
    await expect(adding).rejects.toThrow('enough')
    expect(await index.count()).toBe(30)
    await kit.close()
    await expect(index.search('word')).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
    await expect(index.addMany(documents)).rejects.toMatchObject({ code: 'ERR_ONETRIP_CLOSED' })
  })
})

/** Compares all counts of the index with what its documents have. */
async function expectExact({ admin }: RedisServer): Promise<void> {
  const base = 'index:{shared}'
  const entries = Object.entries(await admin.hgetall(`${base}:entries`))
  const postings = new Map<string, Set<string>>()
  const uses = new Map<string, number>()
  const lengths = new Map<string, number>()
  for (const [id, lines] of entries) {
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      const [token = '', frequency, , words = ''] = line.split('\t')
      postings.set(token, (postings.get(token) ?? new Set()).add(id))
      if (!token.startsWith('w:')) continue
      lengths.set(id, (lengths.get(id) ?? 0) + Number(frequency))
      for (const word of words.split(',')) {
        const member = `${word}\t${token.slice(2)}`
        uses.set(member, (uses.get(member) ?? 0) + 1)
      }
    }
  }
  const all = [...lengths.values()].reduce((sum, length) => sum + length, 0)
  expect(Number(await admin.hget(base, 'length'))).toBe(all)
  expect(await admin.zcard(`${base}:docs`)).toBe(entries.length)
  const counted = Object.entries(await admin.hgetall(`${base}:uses`)).map(
    ([key, n]) => [key, Number(n)] as const,
  )
  expect(new Map(counted)).toEqual(uses)
  expect((await admin.zrange(`${base}:words`, '0', '-1')).sort()).toEqual([...uses.keys()].sort())
  const keys = (await admin.keys(`${base}:[wmx]:*`)).map((key) => key.slice(base.length + 1))
  expect(keys.sort()).toEqual([...postings.keys()].sort())
  for (const [token, ids] of postings)
    expect((await admin.zrange(`${base}:${token}`, '0', '-1')).sort()).toEqual([...ids].sort())
}
