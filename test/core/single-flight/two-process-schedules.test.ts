import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fragmentKey, keyPrefix } from '../../../src/core/key/fragment-key.ts'
import { tagKey } from '../../../src/core/tags/tag-versions.ts'
import { describeRedis, type RedisServer, startRedis } from '../../helpers/redis-server.ts'
import { Other, POINTS, type Point } from './two-process-schedules/play.ts'

/**
 * Two processes on one Redis. In each a page stops at a point of its way; then the row changes, and
 * what is cached of it is invalidated, deleted, evicted, expires, or a deploy changes the template;
 * then both go on, in either order. All of it is tried: every point of the one with every point of
 * the other.
 *
 * What must hold: no page that begins after `invalidate` or `delete` resolved shows the row as it
 * was before, nor a template as it was in another release.
 */
const CHANGES = ['invalidate', 'delete', 'evict entry', 'evict tag', 'expire', 'deploy'] as const
type Change = (typeof CHANGES)[number]

const TEMPLATES = {
  flat: '{% cache "row", 1, tags=["row"] %}{{ awaited }}{{ loaded }}{% endcache %}',
  lazy: '{% cache "row", 1, tags="row" %}{{ loaded }}{% endcache %}',
  nested:
    '{% cache "out", tags="row" %}{{ loaded }}{% cache "row", 1, tags=["row"] %}{{ awaited }}{% endcache %}{% endcache %}',
} as const
type Shape = keyof typeof TEMPLATES

interface Scenario {
  readonly shape: Shape
  readonly change: Change
  /** Where the page of the first process stops, and where that of the second. */
  readonly stops: readonly [Point, Point]
  /** Which of them goes on first. */
  readonly first: 0 | 1
  /** Which of them changes the row, and says so. */
  readonly changer: 0 | 1
  /** The store's content at the start: nothing, an entry of the old row, or one already invalid. */
  readonly before: Before
  /** Renders another page after the change, before the paused one continues. */
  readonly between: boolean
}

type Before = 'nothing' | 'an entry' | 'an invalid entry'

/**
 * The points that a page comes by: a hit loads and writes nothing, and a tag that is there is not
 * made.
 */
function pointsOf(before: Before): readonly Point[] {
  if (before === 'an entry') return ['begun', 'fetched', 'sent']
  return before === 'nothing' ? POINTS : POINTS.filter((point) => point !== 'created')
}

/** Every one, each once. */
function* scenarios(): Generator<Scenario> {
  const both = [0, 1] as const
  for (const before of ['nothing', 'an entry', 'an invalid entry'] as const) {
    const points = pointsOf(before)
    const stops = points.flatMap((one) => points.map((two) => [one, two] as const))
    for (const shape of Object.keys(TEMPLATES) as Shape[])
      for (const change of CHANGES) {
        // Around a fragment that is deleted others stay: only a tag reaches those.
        if (shape === 'nested' && change === 'delete') continue
        for (const pair of stops)
          for (const first of both)
            for (const changer of both)
              for (const between of [true, false])
                yield { shape, change, stops: pair, first, changer, before, between }
      }
  }
}

/** @returns what was wrong */
async function play(
  scenario: Scenario,
  prefix: string,
  pair: readonly [Other, Other],
  redis: Redis,
): Promise<string[]> {
  const { shape, change, stops, first, changer, before, between } = scenario
  const wrong: string[] = []
  const releases: [string, string] = [TEMPLATES[shape], TEMPLATES[shape]]
  const keys = keyPrefix(prefix, '')
  const entries = [fragmentKey(keys, 'row', [1]), fragmentKey(keys, 'out', [])]
  let row = 0
  let floor = 0
  const read = () => row
  const look = (least: number, html: string, template: string, what: string) => {
    const isNew = template.includes('<i>')
    const [shown, marked] = [html.replace('<i>', ''), html.startsWith('<i>')]
    if ([...shown].some((digit) => Number(digit) < least)) wrong.push(`${what} shows ${html}, not ${least}`)
    if (marked !== isNew) wrong.push(`${what} shows ${html} of another release`)
  }
  const fresh = async (n: 0 | 1, what: string) => {
    const [least, template] = [floor, releases[n as 0 | 1]]
    look(least, await pair[n].page(prefix, template, read).html, template, what)
  }

  if (before !== 'nothing') await fresh(0, 'the page before')
  if (before === 'an invalid entry') await pair[1].tell('invalidate', prefix, releases[1])
  const under = pair.map((process, n) => process.page(prefix, releases[n as 0 | 1], read, stops[n as 0 | 1]))
  await Promise.all(under.map(({ stopped }) => stopped))

  row = 1
  const tell = (action: 'delete' | 'invalidate') => pair[changer].tell(action, prefix, releases[changer])
  if (change === 'evict entry') await redis.unlink(...entries)
  if (change === 'evict tag') await redis.unlink(tagKey(keys, 'row'))
  if (change === 'expire') for (const key of entries) await redis.pexpire(key, 0)
  if (change === 'deploy') releases[1] = releases[1].replace('%}{{', '%}<i>{{')
  if (change === 'delete') await tell('delete')
  if (change === 'invalidate' || change.startsWith('evict')) await tell('invalidate')
  if (change !== 'expire' && change !== 'deploy') floor = 1

  if (between) await fresh(1, 'the page between')
  for (const n of [first, 1 - first]) {
    under[n]?.go()
    look(0, (await under[n]?.html) ?? '', TEMPLATES[shape], 'a page under way')
  }
  await fresh(0, 'the first page after')
  await fresh(1, 'the second page after')
  await Promise.all(pair.map((process) => process.tell('forget', prefix)))
  return wrong.map((one) => `${JSON.stringify(scenario)}: ${one}`)
}

/** ONETRIP_RACES=quick tries one in eight. */
const EVERY = process.env.ONETRIP_RACES === 'quick' ? 8 : 1

/** So many at a time, each with keys of its own. */
const AT_ONCE = 60

async function playAll(
  all: readonly Scenario[],
  pair: readonly [Other, Other],
  redis: Redis,
): Promise<string[]> {
  const wrong: string[] = []
  let next = 0
  const player = async () => {
    for (let n = next++; n < all.length; n = next++) {
      wrong.push(...(await play(all[n] as Scenario, `s${n}`, pair, redis)))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, player))
  return wrong
}

describeRedis('two processes on one Redis', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  const all = [...scenarios()].filter((_, n) => n % EVERY === 0)

  it(`nothing old is shown, wherever the two are stopped: ${all.length} ways`, {
    timeout: 3_600_000,
  }, async () => {
    expect(all.length * EVERY).toBeGreaterThanOrEqual(10_000)
    await redis.flushall()
    const pair = [new Other(server.url), new Other(server.url)] as const
    expect(await playAll(all, pair, redis)).toEqual([])
    for (const process of pair) await process.close()
  })

  it('a process that does not look before it writes is found out', async () => {
    await redis.flushall()
    const pair = [new Other(server.url, 'careless'), new Other(server.url, 'careless')] as const
    const some = [...scenarios()].filter(({ change, shape }) => change === 'delete' && shape === 'lazy')
    expect(some.length).toBeGreaterThan(500)
    expect((await playAll(some, pair, redis)).length).toBeGreaterThan(0)
    for (const process of pair) await process.close()
  })
})
