import { integer, setOf, type Toolkit, text, toolkit } from 'onetrip/toolkit'
import { expect, test } from 'vitest'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'

/** Redis writes each script to its log before it answers. */
const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
const ROUNDS = 4

const modelOf = (kit: Toolkit) =>
  kit.model('film', {
    id: text().primaryKey(),
    title: text().unique().search(),
    year: integer().index(),
    tags: setOf(text()),
  })

/** Compares the records with each of their indexes, and counts those that have parts only. */
async function faultsOf(Film: ReturnType<typeof modelOf>, server: RedisServer): Promise<string[]> {
  const faults: string[] = []
  const films = await Film.all().toArray()
  for (const { id, title, year, tags } of films) {
    if (title !== `film ${id} ${year}`) faults.push(`${id} is half-written: ${title}`)
    if ((await Film.get(Film.title.eq(title))).id !== id) faults.push(`${title} is that of another record`)
    if (!(await tags.has(id))) faults.push(`${id} has no tags`)
    if ((await Film.search(`"${id} ${year}"`).count()) !== 1) faults.push(`${id} is not found by its words`)
  }
  const sizes = await Promise.all(
    [':all', ':i:title', ':i:year'].map((part) => server.admin.zcard(`${Film.key}${part}`)),
  )
  const texts = await server.admin.hlen(`${Film.key}:t:title:entries`)
  for (const size of [...sizes, texts])
    if (size !== films.length) faults.push(`${size} entries of ${films.length}`)
  return faults
}

describeRedis('A server that is killed in the middle of calls of a model', () => {
  test('makes the calls reject, and leaves records whole', async () => {
    const server = await startRedis(DURABLE)
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const kit = toolkit(server.url)
        const Film = modelOf(kit)
        const outcomes: unknown[] = []
        const confirmed = new Map<string, number>()
        let busy = true
        const work = async (worker: number) => {
          for (let n = 0; busy; n++) {
            const ids = [`${round}x${worker}x${n}a`, `${round}x${worker}x${n}b`]
            const rows = (year: number) =>
              ids.map((id) => ({ id, title: `film ${id} ${year}`, year, tags: [id] }))
            try {
              const records = await Film.createMany(rows(1))
              for (const id of ids) confirmed.set(id, 1)
              for (const one of records) Object.assign(one, { title: `film ${one.id} 2`, year: 2 })
              await Film.saveMany(records)
              for (const id of ids) confirmed.set(id, 2)
            } catch (error) {
              outcomes.push(error)
              return
            }
          }
        }
        const working = Promise.all(Array.from({ length: 5 }, (_, worker) => work(worker)))
        await expect.poll(() => confirmed.size).toBeGreaterThan(30)
        await server.kill()
        await working
        busy = false
        await kit.close()
        expect(outcomes).toHaveLength(5)
        for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 'ERR_ONETRIP_STORE' })

        await server.restart()
        const after = toolkit(server.url)
        const Restarted = modelOf(after)
        expect(await faultsOf(Restarted, server)).toEqual([])
        // What was answered is there; of both of a call, or of none.
        const found = new Map((await Restarted.all().toArray()).map(({ id, year }) => [id, year]))
        for (const [id, year] of confirmed)
          expect([id, found.get(id)]).toEqual([id, expect.toSatisfy((one) => one >= year)])
        for (const id of found.keys())
          expect(found.has(id.replace(/[ab]$/, (end) => (end === 'a' ? 'b' : 'a')))).toBe(true)
        await Restarted.clear()
        await after.close()
      }
    } finally {
      await server.stop()
    }
  })
})
