import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import nunjucks from 'nunjucks'
import { FragmentCache, lazy } from 'onetrip'
import onetrip from 'onetrip/fastify'
import { nunjucksEngine } from 'onetrip/nunjucks'
import { memoryStore } from 'onetrip/stores/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { TestLoader } from '../helpers/templates.ts'
import { note } from './results.ts'

/** A page of cards, requested while a function of the application throws in one request of many. */
const PAGE =
  '{% for card in cards %}{% cache "card", n, card %}<i>{{ texts[card] }} {{ stamp(n) }}</i>{% endcache %}{% endfor %}{{ visitor }}'

type Where = 'loader' | 'vary' | 'bypass' | 'detectLeaks' | 'listener' | 'global'
interface Query {
  readonly n: string
  readonly throws?: Where
}
type Request = FastifyRequest<{ Querystring: Query }>

const ROUNDS = 20
const cards = [1, 2, 3, 4]
const right = (n: number, visitor: string) =>
  `${cards.map((card) => `<i>text ${card} of ${n} stamp ${n}</i>`).join('')}${visitor}`

describe('an exception in a function of the user', () => {
  let app: FastifyInstance
  let cache: FragmentCache
  /**
   * The page at which the listener and the template's function throw, since they know no request.
   */
  let throwing: { readonly at: number; readonly where: Where } | undefined
  let unhandled: unknown[]
  let served: number
  const onUnhandled = (reason: unknown) => unhandled.push(reason)

  const fails = (request: Request, where: Where) => {
    if (request.query.throws === where) throw new Error(`thrown by ${where}`)
  }

  beforeEach(async () => {
    unhandled = []
    served = 0
    throwing = undefined
    process.on('unhandledRejection', onUnhandled)
    const environment = new nunjucks.Environment(new TestLoader({ page: PAGE }))
    environment.addGlobal('stamp', (n: number) => {
      if (throwing?.where === 'global' && throwing.at === n) throw new Error('thrown by global')
      return `stamp ${n}`
    })
    cache = new FragmentCache({
      store: memoryStore(),
      engine: nunjucksEngine({ environment }),
      ttl: '1h',
      vary: {
        locale: (request: Request) => {
          fails(request, 'vary')
          return 'en'
        },
      },
      keys: { defaultVary: ['locale'] },
      bypass: (request: Request) => {
        fails(request, 'bypass')
        return false
      },
      safety: {
        detectLeaks: (request: Request) => {
          fails(request, 'detectLeaks')
          return []
        },
      },
    })
    cache.on(() => {
      if (throwing?.where === 'listener') throw new Error('thrown by listener')
    })
    app = Fastify()
    await app.register(onetrip, { cache })
    app.get<{ Querystring: Query }>('/', (request, reply) => {
      const n = Number(request.query.n)
      const texts = lazy(async () => {
        await Promise.resolve()
        fails(request, 'loader')
        return cards
          .map((card) => `text ${card} of ${n}`)
          .reduce<string[]>((all, text, at) => {
            all[at + 1] = text
            return all
          }, [])
      })
      return reply.view('page', { n, cards, texts, visitor: `v${n}` })
    })
  })
  afterEach(async () => {
    await app.close()
    await cache.close()
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])
  })

  const page = async (n: number, throws?: Where) => {
    served++
    const { statusCode, body, headers } = await app.inject(`/?n=${n}${throws ? `&throws=${throws}` : ''}`)
    await cache.settled()
    return { statusCode, body, cost: String(headers['x-onetrip']) }
  }

  it.each<readonly [Where, number]>([
    ['loader', 500],
    ['vary', 500],
    ['bypass', 500],
    ['global', 500],
    ['detectLeaks', 200],
    ['listener', 200],
  ])('%s: the page is a %i, those beside it and the next are right', async (where, status) => {
    for (let round = 0; round < ROUNDS; round++) {
      const bad = round * 100
      throwing = { at: bad, where }
      const numbers = Array.from({ length: 10 }, (_, n) => bad + 1 + n)
      const [broken, ...others] = await Promise.all([page(bad, where), ...numbers.map((n) => page(n))])
      expect(broken.statusCode).toBe(status)
      if (status === 200) expect(broken.body).toBe(right(bad, `v${bad}`))
      else expect(broken.body).toContain(`thrown by ${where}`)
      expect(others.map(({ statusCode, body }) => ({ statusCode, body }))).toEqual(
        numbers.map((n) => ({ statusCode: 200, body: right(n, `v${n}`) })),
      )
      throwing = undefined
      // The next: rendered and stored, and then a hit.
      expect(await page(bad)).toMatchObject({ statusCode: 200, body: right(bad, `v${bad}`) })
      expect(await page(bad)).toMatchObject({
        body: right(bad, `v${bad}`),
        cost: expect.stringMatching('hits=4 '),
      })
      // Where a page fails, nothing of it was stored, and its neighbours were.
      expect((await page(numbers[0] as number)).cost).toMatch('hits=4 ')
    }
    const failed = status === 500 ? ROUNDS : 0
    note({ fault: `${where} throws`, served, wrong: 0, failed, p50: null, p99: null, hitsAgain: null })
  })
})
