import assert from 'node:assert/strict'
import { lazy } from '../../engines/lazy.ts'
import { perVisitor } from '../../engines/per-visitor.ts'
import type { EngineCase } from './case.ts'

export const outputCases: readonly EngineCase[] = [
  {
    title: 'prints text, values and fragments in the order of the template',
    async run({ syntax: { data, print, cache, each }, open }) {
      const page = [
        '<main>',
        print(data('title')),
        cache({ name: 'list', parts: [] }, each('film', data('films'), `<li>${print('film.title')}</li>`)),
        'between',
        cache({ name: 'text', parts: [] }, 'cached'),
        '</main>',
      ]
      const site = await open({ page: page.join('') })
      const films = [{ title: 'Alien' }, { title: 'Brazil' }]
      const html = '<main>Home<li>Alien</li><li>Brazil</li>betweencached</main>'
      await site.coldAndWarm(() => ({ title: 'Home', films }), html)
    },
  },
  {
    title: 'prints a value that is marked as one visitor’s as the value itself',
    async run({ syntax: { data, print }, open }) {
      const site = await open({ page: `${print(data('name'))}, ${print(data('user.name'))}` })
      const user = perVisitor({ name: 'Berta' })
      assert.equal(await site.html({ name: perVisitor('Anna'), user }), 'Anna, Berta')
    },
  },
  {
    title: 'renders pages at the same time without mixing their data',
    async run({ syntax: { data, print, cache }, open }) {
      const body = `${print(data('name'))}${print(data('late'))}`
      const site = await open({
        page: print(data('late')) + cache({ name: 'row', parts: [data('n')] }, body),
      })
      const pages = Array.from({ length: 20 }, async (_, n) => {
        const late = lazy(async () => `late${n}`)
        return site.html({ n, name: `name${n}`, late })
      })
      const expected = Array.from({ length: 20 }, (_, n) => `late${n}name${n}late${n}`)
      assert.deepEqual(await Promise.all(pages), expected)
    },
  },
  {
    title: 'waits for what is asynchronous in a body',
    needs: ['wait'],
    async run({ syntax: { data, print, cache, wait }, open }) {
      const body = `[${wait(data('n'))}${print(data('n'))}]`
      const site = await open({ page: `a${cache({ name: 'row', parts: [data('n')] }, body)}z` })
      await site.coldAndWarm(() => ({ n: 1 }), 'a[11]z')
      const pages = await Promise.all([2, 3, 4].map((n) => site.html({ n })))
      assert.deepEqual(pages, ['a[22]z', 'a[33]z', 'a[44]z'])
    },
  },
]
