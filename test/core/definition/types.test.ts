import { type DefinedFragment, defineFragment } from 'onetrip'
import { expect, expectTypeOf, test } from 'vitest'
import { cacheOf } from '../../helpers/templates.ts'

interface FilmParams {
  readonly id: number
  readonly sizes?: readonly string[]
}
type ListParams = { page: number }

test('parameters are typed by an interface or an alias', async () => {
  const film = defineFragment('film', {
    template: 'film',
    load: ({ id }: FilmParams) => ({ name: `film ${id}` }),
  })
  const list = defineFragment('list', { template: 'list', load: ({ page }: ListParams) => ({ page }) })
  expectTypeOf(film).toEqualTypeOf<DefinedFragment<FilmParams>>()
  const { cache } = cacheOf(
    { film: '{{ name }}', list: '{{ page }}' },
    { ttl: '1m', fragments: [film, list] },
  )
  expect(`${(await cache.renderFragment(film, { id: 1, sizes: ['s'] })).body}`).toBe('film 1')
  expect(`${(await cache.renderFragment(list, { page: 2 })).body}`).toBe('2')
  const params: FilmParams[] = [{ id: 3 }]
  expect(await cache.warm(film, params)).toMatchObject({ stored: 1 })
  // @ts-expect-error a parameter is missing
  await expect(cache.renderFragment(list, {})).resolves.toBeDefined()
})

test('parameters that JSON does not keep do not compile, and are refused', async () => {
  interface Dated {
    readonly since: Date
  }
  // @ts-expect-error a Date is none
  const film = defineFragment('film', { template: 'film', load: ({ since }: Dated) => ({ since }) })
  const { cache } = cacheOf({ film: 'x' }, { ttl: '1m', fragments: [film] })
  await expect(cache.renderFragment('film', { since: new Date() as never })).rejects.toThrow(
    'The parameter "since" of the fragment "film" is a Date: pass what JSON keeps',
  )
})
