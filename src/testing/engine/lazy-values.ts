import assert from 'node:assert/strict'
import { lazy } from '../../engines/lazy.ts'
import { LazyError } from '../../errors.ts'
import { counted, type EngineCase } from './case.ts'

export const lazyCases: readonly EngineCase[] = [
  {
    title: 'loads what a missed body reads, and nothing for a hit',
    async run({ syntax: { cache, each, data, print }, open }) {
      const list = each('film', data('films'), print('film.title'))
      const site = await open({ page: cache({ name: 'list', parts: [] }, `${list}${list}`) })
      const load = counted([{ title: 'Alien' }])
      assert.equal(await site.html({ films: lazy(load) }), 'AlienAlien')
      assert.equal(load.calls, 1)
      assert.equal(await site.html({ films: lazy(load) }), 'AlienAlien')
      assert.equal(load.calls, 1)
    },
  },
  {
    title: 'runs a page again that reads a lazy value, and shows everything once',
    async run({ syntax: { cache, each, data, print }, open }) {
      const row = cache({ name: 'row', parts: ['film.id'] }, print('film.title'))
      const before = cache({ name: 'before', parts: [] }, 'before')
      const site = await open({ page: `${before} ${each('film', data('films'), row)} ${print(data('end'))}` })
      const films = counted([{ id: 1, title: 'Alien' }])
      const end = counted('end')
      const { html, states } = await site.page({ films: lazy(films), end: lazy(end) })
      assert.equal(html, 'before Alien end')
      assert.deepEqual(states, ['before miss', 'row miss'])
      assert.deepEqual([films.calls, end.calls], [1, 1])
    },
  },
  {
    title: 'runs a body again that reads lazy values one after the other, in the scope of its tag',
    async run({ syntax: { cache, each, data, print }, open }) {
      const inner = cache({ name: 'inner', parts: ['id'] }, `<${print('id')}>`)
      const body = `${print('id')}${inner}${print(data('one'))}${print(data('two'))};`
      const site = await open({ page: each('id', data('ids'), cache({ name: 'row', parts: ['id'] }, body)) })
      const [one, two] = [counted('A'), counted('B')]
      const { html, states } = await site.page({ ids: [1, 2], one: lazy(one), two: lazy(two) })
      assert.equal(html, '1<1>AB;2<2>AB;')
      assert.deepEqual(states, ['row miss', 'inner miss', 'row miss', 'inner miss'])
      assert.deepEqual([one.calls, two.calls], [1, 1])
    },
  },
  {
    title: 'loads a lazy value that stands inside an object, or that a lazy value gives',
    async run({ syntax: { cache, each, data, print }, open }) {
      const row = cache({ name: 'row', parts: ['film.id'] }, print('film.director.name'))
      const site = await open({ page: each('film', data('films'), row) })
      const director = lazy(async () => ({ name: lazy(() => 'Scott') }))
      assert.equal(await site.html({ films: [{ id: 1, director }] }), 'Scott')
    },
  },
  {
    title: 'reads a lazy value in the key of a fragment',
    async run({ syntax: { cache, data, print }, open }) {
      const site = await open({ page: cache({ name: 'f', parts: [data('id')] }, print(data('id'))) })
      assert.equal(await site.html({ id: lazy(() => 1) }), '1')
      assert.equal(await site.html({ id: lazy(() => 2) }), '2')
      assert.deepEqual((await site.page({ id: 1 })).states, ['f hit'])
    },
  },
  {
    title: 'fails with the error of a value that could not be loaded, by the name that it was read by',
    async run({ syntax: { cache, data, print }, open }) {
      const outside = await open({ page: print(data('films')) })
      const inside = await open({ page: cache({ name: 'f', parts: [] }, print(data('films'))) })
      for (const site of [outside, inside]) {
        const films = lazy(() => Promise.reject(new Error('no database')))
        const error = await site.failure({ films })
        const causes = [error, error.cause, (error.cause as Error | undefined)?.cause]
        assert.ok(
          causes.some((cause) => cause instanceof LazyError) || /no database/.test(error.message),
          `${error} is not the LazyError of the value`,
        )
        assert.match(error.message, /films.*no database/s)
      }
    },
  },
  {
    title: 'drops the error of a run that was cut',
    async run({ syntax: { cache, data, print }, open }) {
      const shown = `${print(data('films'))}${print(data('box.count'))}`
      for (const page of [shown, cache({ name: 'f', parts: [] }, shown)]) {
        const site = await open({ page })
        let loaded = false
        const load = () => {
          loaded = true
          return 'films'
        }
        const box = {
          get count() {
            if (loaded) return 2
            throw new Error('not loaded yet')
          },
        }
        assert.equal(await site.html({ films: lazy(load), box }), 'films2')
      }
    },
  },
  {
    title: 'reads a call of a cached function as a lazy value',
    needs: ['call'],
    async run({ syntax: { cache, data, print, call }, open }) {
      const body = print(call('film', [data('id')]))
      const site = await open({ page: cache({ name: 'f', parts: [data('id')] }, body + body) })
      const runs: number[] = []
      const film = site.cache.cached('film', { ttl: '1h' }, async (id: number) => {
        runs.push(id)
        return `film ${id}`
      })
      assert.equal(await site.html({ id: 1, film }), 'film 1film 1')
      assert.equal(await site.html({ id: 2, film }), 'film 2film 2')
      assert.equal(await site.html({ id: 1, film }), 'film 1film 1')
      assert.deepEqual(runs, [1, 2])
    },
  },
]
