import assert from 'node:assert/strict'
import { lazy } from '../../engines/lazy.ts'
import type { EngineCase } from './case.ts'

/**
 * Parts of a page beside its fragments: nocache parts, the head of the document, texts that
 * templates use.
 */
export const requestPartCases: readonly EngineCase[] = [
  {
    title: 'renders a nocache part for each request, also inside a hit',
    needs: ['nocache'],
    async run({ syntax: { cache, data, nocache, print }, open }) {
      const hole = nocache('greeting', {})
      const site = await open({
        page: `${hole}|${cache({ name: 'f', parts: [] }, `${print(data('n'))} ${hole}.`)}`,
        greeting: `Hello ${print(data('name'))}`,
      })
      assert.equal(await site.html({ n: 1, name: 'Anna' }), 'Hello Anna|1 Hello Anna.')
      const { html, states } = await site.page({ n: 2, name: 'Berta' })
      assert.deepEqual({ html, states }, { html: 'Hello Berta|1 Hello Berta.', states: ['f hit'] })
    },
  },
  {
    title: 'stores the values that a nocache part is given, and gives it nothing else of its scope',
    needs: ['nocache'],
    async run({ syntax: { cache, each, data, nocache, print }, open }) {
      const row = cache({ name: 'row', parts: ['film.id'] }, nocache('price', { id: 'film.id' }))
      const site = await open({
        page: each('film', data('films'), row),
        price: `${print(data('id'))}:${print(data('currency'))};`,
      })
      const films = [{ id: 1 }, { id: 2 }]
      assert.equal(await site.html({ films, currency: 'EUR' }), '1:EUR;2:EUR;')
      const { html, states } = await site.page({ films, currency: 'USD' })
      assert.deepEqual({ html, states }, { html: '1:USD;2:USD;', states: ['row hit', 'row hit'] })
    },
  },
  {
    title: 'loads what a nocache part reads, and looks up the fragments in it, also inside a hit',
    needs: ['nocache'],
    async run({ syntax: { cache, data, nocache, print }, open }) {
      const site = await open({
        page: cache({ name: 'f', parts: [] }, nocache('basket', {})),
        basket: `${print(data('count'))} ${cache({ name: 'total', parts: [data('count')] }, 'total')}`,
      })
      for (const count of [1, 2, 1]) {
        assert.equal(await site.html({ count: lazy(async () => count) }), `${count} total`)
      }
      const { states } = await site.page({ count: 1 })
      assert.deepEqual(states, ['f hit', 'total hit'])
    },
  },
  {
    title: 'adds to the head of the document what the page and its fragments add, on a hit too, once',
    needs: ['htmlHead'],
    async run({ syntax: { cache, each, data, htmlHead, print }, open }) {
      const style = htmlHead('<link rel=stylesheet href=row.css>')
      const rows = each(
        'id',
        data('ids'),
        cache({ name: 'row', parts: ['id'] }, `${style}<li>${print('id')}`),
      )
      const head = `<head><title>${print(data('title'))}</title>`
      const site = await open({ page: `${head}</head><body>${rows}${htmlHead('<meta name=page>')}</body>` })
      const expected =
        '<head><title>Home</title><link rel=stylesheet href=row.css><meta name=page></head><body><li>1<li>2</body>'
      await site.coldAndWarm(() => ({ ids: [1, 2], title: 'Home' }), expected)
    },
  },
  {
    title: 'uses the text of a fragment, of a miss and of a hit',
    needs: ['upperCase'],
    async run({ syntax: { cache, data, include, print, upperCase }, open }) {
      const inner = include('part')
      const outer = cache({ name: 'outer', parts: [data('n')] }, `${upperCase(`in ${inner}`)}!`)
      const site = await open({
        page: `${upperCase(`x ${inner}`)} ${outer}`,
        part: cache({ name: 'f', parts: [] }, print(data('name'))),
      })
      const expected = 'X ANNA IN ANNA!'
      await site.coldAndWarm(() => ({ n: 1, name: lazy(() => 'Anna') }), expected)
      const { html, states } = await site.page({ n: 2, name: 'Berta' })
      assert.equal(html, expected)
      assert.equal(states[0], 'f hit')
    },
  },
  {
    title: 'stores no fragment that uses the text of a nocache part',
    needs: ['nocache', 'upperCase'],
    async run({ syntax: { cache, data, nocache, print, upperCase }, open }) {
      const site = await open({
        page: cache({ name: 'f', parts: [] }, upperCase(nocache('greeting', {}))),
        greeting: `Hello ${print(data('name'))}`,
      })
      assert.equal(await site.html({ name: 'Anna' }), 'HELLO ANNA')
      assert.equal(await site.html({ name: 'Berta' }), 'HELLO BERTA')
    },
  },
]
