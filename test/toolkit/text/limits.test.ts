import { toolkit } from 'onetrip/toolkit'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

describeRedis('The work of a full-text index', () => {
  let server: RedisServer
  let kit: ReturnType<typeof toolkit>
  beforeAll(async () => {
    server = await startRedis()
    kit = toolkit(server.url)
  })
  beforeEach(() => server.admin.flushall())
  afterAll(async () => {
    await kit.close()
    await server.stop()
  })

  /** Documents of a common word, a word of each tenth, and one of their own. */
  const documents = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      key: `k${n}`,
      text: `${'common '.repeat(1 + (n % 5))} tenth${n % 10} own${n} ${'filler '.repeat(n % 7)}`,
    }))

  it('is one trip for each search and each write, and one for each chunk', async () => {
    const index = kit.index('films')
    await index.add('1', 'star wars')
    await index.update('1', 'star wars')
    await index.replace('1', 'star wars')
    await index.search('star')
    await index.remove('1')
    await server.resetStats()
    await index.add('1', 'star wars')
    await index.update('1', 'star trek')
    await index.replace('1', 'star wars')
    await index.search('"star wars" OR (tre* -star)')
    await index.remove('1')
    const { evalsha } = await server.commandStats()
    expect(evalsha).toBe(5)
  })

  it('holds for 10,000 documents', async () => {
    const index = kit.index('many')
    expect(await index.addMany(documents(10_000), { chunk: 500 })).toBe(10_000)
    expect(await index.count()).toBe(10_000)
    const rare = await index.search('common own4321')
    expect(rare.hits.map(({ key }) => key)).toEqual(['k4321'])
    expect([rare.total, rare.complete]).toEqual([1, true])
    const tenth = await index.search('common tenth7')
    expect([tenth.total, tenth.complete]).toEqual([1_000, true])
    const some = await index.search('common')
    expect([some.total, some.complete]).toEqual([1_000, false])
    const every = await index.search('common', { candidates: 10_000 })
    expect([every.total, every.complete]).toEqual([10_000, true])
    // The best are among the candidates: the common word weighs most in them.
    expect(some.hits).toEqual(every.hits)
    const many = await index.search('own* -tenth1 common')
    expect(many.complete).toBe(false)
    expect(many.total).toBeGreaterThan(50)
    expect((await index.search('NOT tenth1 tenth1')).total).toBe(0)
    expect((await index.search('', { candidates: 10_000 })).total).toBe(10_000)
  })

  it('takes a text of a megabyte', async () => {
    const index = kit.index('large', { metaphone: true })
    const words = Array.from({ length: 150_000 }, (_, n) => `w${((n * 7_919) % 20_000).toString(36)}`)
    await index.add('large', `${words.join(' ')} the very end`)
    await index.add('small', 'the end')
    expect((await index.search('"very end"')).hits.map(({ key }) => key)).toEqual(['large'])
    expect((await index.search('"end"')).hits.map(({ key }) => key)).toEqual(['small', 'large'])
    expect((await index.get('large'))?.text.length).toBeGreaterThan(700_000)
    await index.update('large', 'nothing of it')
    expect((await index.search('"very end"')).hits).toEqual([])
    await index.clear()
    expect(await server.admin.dbsize()).toBe(0)
    await index.add('word', 'x'.repeat(1_000_000))
    expect((await index.search('x'.repeat(1_000_000))).total).toBe(1)
    expect((await index.search('y '.repeat(500_000))).total).toBe(0)
  })

  it('gives the scores of BM25', async () => {
    const index = kit.index('scores', { language: 'none' })
    const texts = ['a b', 'a a c', 'b', 'd d d d']
    for (const [n, text] of texts.entries()) await index.add(String(n), text)
    await index.add('old', 'a a a a a')
    await index.update('old', 'x')
    const average = (2 + 3 + 1 + 4 + 1) / 5
    const score = (frequency: number, length: number, documents: number) =>
      (Math.log(1 + (5 - documents + 0.5) / (documents + 0.5)) * frequency * 2.2) /
      (frequency + 1.2 * (0.25 + (0.75 * length) / average))
    const { hits } = await index.search('a')
    expect(hits.map(({ key }) => key)).toEqual(['1', '0'])
    expect(hits[0]?.score).toBeCloseTo(score(2, 3, 2), 10)
    expect(hits[1]?.score).toBeCloseTo(score(1, 2, 2), 10)
    const both = await index.search('a b')
    expect(both.hits[0]?.score).toBeCloseTo(2 * score(1, 2, 2), 10)
  })
})
