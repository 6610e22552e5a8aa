import assert from 'node:assert/strict'
import type { FragmentCacheOptions } from '../../core/options/cache-options.ts'
import { lazy } from '../../engines/lazy.ts'
import { perVisitor } from '../../engines/per-visitor.ts'
import { LeakError } from '../../errors.ts'
import type { ConformanceSite, EngineCase } from './case.ts'

/**
 * Renders for two visitors: each must see their own name, and no entry may be read by the other.
 */
async function assertApart(site: ConformanceSite, dataOf: (name: string) => object): Promise<void> {
  for (const name of ['Anna', 'Berta', 'Anna']) {
    assert.equal(await site.html(dataOf(name)), `Hello ${name}`)
  }
}

/** The ways in which a value comes to belong to one visitor, for the path `who.name`. */
const OWNED: Readonly<Record<string, [(name: string) => unknown, Partial<FragmentCacheOptions>]>> = {
  'an object that is marked': [(name) => perVisitor({ name }), {}],
  'a text that is marked, inside an object': [(name) => ({ name: perVisitor(name) }), {}],
  'a lazy value that gives a marked object': [(name) => lazy(() => perVisitor({ name })), {}],
  'a name that the option perVisitor lists': [
    (name) => ({ name }),
    { safety: { mode: 'uncached', perVisitor: ['who'] } },
  ],
  'a name that the option perRequest lists': [(name) => ({ name }), { perRequest: ['who'] }],
  'any name, by the option strict': [(name) => ({ name }), { safety: { mode: 'uncached', strict: true } }],
}

export const dataPolicyCases: readonly EngineCase[] = [
  ...Object.entries(OWNED).map(
    ([what, [value, options]]): EngineCase => ({
      title: `shares no fragment that reads ${what}`,
      async run({ syntax: { cache, data, print }, open }) {
        const body = `Hello ${print(data('who.name'))}`
        const site = await open({ page: cache({ name: 'f', parts: [] }, body) }, options)
        await assertApart(site, (name) => ({ who: value(name) }))
      },
    }),
  ),
  {
    title: 'tells of what a fragment inside another, or an include in it, reads of one visitor',
    async run({ syntax: { cache, data, include, print }, open }) {
      const inner = cache({ name: 'inner', parts: [] }, include('greeting'))
      const site = await open(
        { page: cache({ name: 'outer', parts: [] }, inner), greeting: `Hello ${print(data('who.name'))}` },
        { safety: { mode: 'uncached', perVisitor: ['who'] } },
      )
      await assertApart(site, (name) => ({ who: { name } }))
    },
  },
  {
    title: "is an error of the page where safety is 'error', and names what is read",
    async run({ syntax: { cache, data, print }, open }) {
      const page = cache({ name: 'f', parts: [] }, print(data('who.name')))
      const site = await open({ page }, { safety: { mode: 'error', perVisitor: ['who'] } })
      const error = await site.failure({ who: { name: 'Anna' } })
      assert.ok(error instanceof LeakError, `${error} is not a LeakError`)
      assert.match(error.message, /who/)
    },
  },
  {
    title: 'stores fragments beside which the page reads what belongs to one visitor',
    async run({ syntax: { cache, data, print }, open }) {
      const page = `${print(data('who.name'))} ${cache({ name: 'f', parts: [] }, print(data('title')))}`
      const site = await open({ page }, { safety: { mode: 'uncached', perVisitor: ['who'] } })
      assert.equal(await site.html({ who: perVisitor({ name: 'Anna' }), title: 'Home' }), 'Anna Home')
      assert.deepEqual((await site.page({ who: { name: 'Berta' }, title: 'Home' })).states, ['f hit'])
    },
  },
]
