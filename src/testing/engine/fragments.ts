import assert from 'node:assert/strict'
import type { EngineCase } from './case.ts'

/** A visitor's language, as the option `vary` gives it. */
const vary = { language: (request: { language: string }) => request.language } as const

export const fragmentCases: readonly EngineCase[] = [
  {
    title: 'declares the fragments of a page in order',
    async run({ syntax: { cache, each, data, print }, open }) {
      const rows = each('film', data('films'), cache({ name: 'row', parts: ['film.id'] }, print('film.id')))
      const [first, last] = ['first', 'last'].map((name) => cache({ name, parts: [] }, name))
      const site = await open({ page: `${first}${rows}${last}` })
      const films = [{ id: 2 }, { id: 1 }]
      const { html, states } = await site.page({ films })
      assert.equal(html, 'first21last')
      assert.deepEqual(states, ['first miss', 'row miss', 'row miss', 'last miss'])
    },
  },
  {
    title: 'finds out in one trip which fragments of a page are stored',
    async run({ syntax: { cache, each, data, print }, open }) {
      const row = cache({ name: 'row', parts: ['id'] }, print('id'))
      const site = await open({ page: each('id', data('ids'), row) })
      const ids = Array.from({ length: 12 }, (_, n) => n)
      const { trips } = await site.cache.render('page', { ids })
      assert.equal(trips, 1)
    },
  },
  {
    title: 'keys a fragment by all of its parts, by value and type',
    async run({ syntax: { cache, data, print }, open }) {
      const body = `${print(data('a'))}-${print(data('b'))}`
      const site = await open({ page: cache({ name: 'f', parts: [data('a'), data('b')] }, body) })
      for (const [a, b] of [
        [1, 2],
        [2, 1],
        [1, 3],
        ['1', 2],
      ]) {
        const { html, states } = await site.page({ a, b })
        assert.deepEqual({ html, states }, { html: `${a}-${b}`, states: ['f miss'] })
      }
      assert.deepEqual((await site.page({ a: 1, b: 2 })).states, ['f hit'])
    },
  },
  {
    title: 'renders a fragment once that is declared twice with one key at one place',
    async run({ syntax: { cache, each, data, print }, open }) {
      const row = cache({ name: 'row', parts: ['id'] }, print('id'))
      const site = await open({ page: each('id', data('ids'), row) })
      const { html, states } = await site.page({ ids: [1, 2, 1] })
      assert.deepEqual({ html, states }, { html: '121', states: ['row miss', 'row miss'] })
    },
  },
  {
    title: 'gives each tag a place of its own, though name and key are the same',
    async run({ syntax: { cache }, open }) {
      const tag = { name: 'same', parts: [] }
      const site = await open({ page: `${cache(tag, 'one')}\n${cache(tag, 'two')}` })
      for (let n = 0; n < 3; n++) assert.equal(await site.html(), 'one\ntwo')
    },
  },
  {
    title: 'says at which line of which template a tag stands',
    async run({ syntax: { cache, include }, open }) {
      const site = await open({
        page: `1\n2\n${cache({ name: 'here', parts: [] }, 'x')}\n${include('part')}`,
        part: `1\n${cache({ name: 'there', parts: [] }, 'y')}`,
      })
      const { fragments } = await site.page()
      const places = fragments.map(({ name, template, line }) => `${name} ${template} ${line}`)
      assert.deepEqual(places, ['here page 3', 'there part 2'])
    },
  },
  {
    title: 'gives a body the scope of its tag, and runs it for a miss alone',
    async run({ syntax: { cache, each, data, print }, open }) {
      const row = cache({ name: 'row', parts: ['film.id'] }, `${print('film.title')}${print(data('at'))};`)
      const site = await open({ page: each('film', data('films'), row) })
      const titled = (ids: readonly number[]) => ids.map((id) => ({ id, title: `t${id}` }))
      assert.equal(await site.html({ films: titled([1, 2]), at: 'A' }), 't1A;t2A;')
      assert.equal(await site.html({ films: titled([3, 2, 1]), at: 'B' }), 't3B;t2A;t1A;')
    },
  },
  {
    title: 'nests fragments: a hit asks for nothing inside it, a miss uses what is stored',
    async run({ syntax: { cache, each, data, print }, open }) {
      const row = cache({ name: 'row', parts: ['film.id'] }, print('film.title'))
      const list = cache({ name: 'list', parts: [data('version')] }, `(${each('film', data('films'), row)})`)
      const site = await open({ page: list })
      const films = ['Alien', 'Brazil'].map((title, id) => ({ id, title }))
      const first = await site.page({ version: 1, films })
      assert.equal(first.html, '(AlienBrazil)')
      assert.deepEqual(first.states, ['list miss', 'row miss', 'row miss'])
      assert.deepEqual((await site.page({ version: 1, films })).states, ['list hit'])
      const other = await site.page({ version: 2, films: [...films, { id: 2, title: 'Cube' }] })
      assert.equal(other.html, '(AlienBrazilCube)')
      assert.deepEqual(other.states, ['list miss', 'row hit', 'row hit', 'row miss'])
    },
  },
  {
    title: 'passes on ttl, tags, vary and the condition of a tag',
    async run({ syntax: { cache, data, print }, open }) {
      const tag = (name: string, more: object) => cache({ name, parts: [], ...more }, print(data('n')))
      const site = await open(
        {
          page: [
            tag('ttl', { ttl: '10s' }),
            tag('tags', { tags: ['films'] }),
            tag('vary', { vary: ['language'] }),
            tag('when', { when: data('when') }),
          ].join(' '),
        },
        { vary },
      )
      const page = async (n: number, when: boolean, language: string) =>
        (await site.page({ n, when }, { language })).html
      assert.equal(await page(1, true, 'en'), '1 1 1 1')
      const ttls = site.events.flatMap((event) => (event.type === 'write' ? [[event.name, event.ttl]] : []))
      assert.equal(Object.fromEntries(ttls).ttl, 10_000)
      assert.equal(await page(2, true, 'en'), '1 1 1 1')
      assert.equal(await page(3, false, 'de'), '1 1 3 3')
      await site.cache.invalidate('films')
      assert.equal(await page(4, true, 'en'), '1 4 1 1')
    },
  },
  {
    title: 'includes templates, whose fragments are theirs wherever they are included',
    async run({ syntax: { cache, include, data, print }, open }) {
      const part = `<${cache({ name: 'part', parts: [data('id')] }, print(data('id')))}>`
      const templates = {
        page: include('part') + cache({ name: 'around', parts: [data('id')] }, `[${include('part')}]`),
        part,
      }
      const site = await open(templates)
      await site.coldAndWarm(() => ({ id: 7 }), '<7>[<7>]')
      const written = site.events.filter(({ type }) => type === 'write')
      assert.equal(written.length, 2)
    },
  },
  {
    title: 'reads the entries of another process, whose templates are the same',
    async run({ syntax: { cache, include, data, print }, open }) {
      const body = print(data('n')) + include('part')
      const templates = { page: cache({ name: 'f', parts: [] }, body), part: print(data('n')) }
      const one = await open(templates)
      assert.equal(await one.html({ n: 1 }), '11')
      const other = await open(templates, { store: one.store })
      assert.equal(await other.html({ n: 2 }), '11')
    },
  },
  {
    title: 'takes no entry of a template that was edited, nor of one that includes it',
    async run({ syntax: { cache, include }, open }) {
      const page = `${cache({ name: 'f', parts: [] }, `a${include('part')}`)}`
      const one = await open({ page, part: 'old' })
      assert.equal(await one.html(), 'aold')
      const edited = await open({ page, part: 'new' }, { store: one.store })
      assert.equal(await edited.html(), 'anew')
      const changed = cache({ name: 'f', parts: [] }, `b${include('part')}`)
      const other = await open({ page: changed, part: 'new' }, { store: one.store })
      assert.equal(await other.html(), 'bnew')
    },
  },
]
