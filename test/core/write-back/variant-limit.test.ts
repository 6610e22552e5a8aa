import { expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'

const PAGE = '{% cache "search", q %}{{ q }}{% endcache %}{% cache "menu" %}m{% endcache %}'

test('variants beyond maxVariants are rendered and not stored, and an event reports it', async () => {
  const { html, events } = cacheOf(PAGE, { limits: { maxVariants: 3 } })
  for (const q of ['a', 'b', 'c', 'd', 'e']) expect(await html({ q })).toBe(`${q}m`)
  expect(told(events, 'write')).toEqual(['write search', 'write menu', 'write search', 'write search'])
  expect(told(events, 'skip')).toEqual([
    'skip search: 3 other variants of it were stored lately (maxVariants)',
    'skip search: 3 other variants of it were stored lately (maxVariants)',
  ])
})

test('those that were stored may be stored again', async () => {
  const { html, events, cache } = cacheOf(PAGE, { limits: { maxVariants: 1 } })
  await html({ q: 'a' })
  await cache.delete('search', 'a')
  await html({ q: 'a' })
  expect(told(events, 'skip').filter((skip) => skip.includes('maxVariants'))).toEqual([])
})

test('after variantWindow the count starts again', async () => {
  const { html, events, clock } = clockedCacheOf(PAGE, { limits: { maxVariants: 1, variantWindow: '1h' } })
  const writes = () => told(events, 'write').filter((write) => write === 'write search').length
  await html({ q: 'a' })
  clock.advance(3_600_000)
  await html({ q: 'b' })
  expect(writes()).toBe(1)
  clock.advance(1)
  await html({ q: 'b' })
  expect(writes()).toBe(2)
})

test.each([[0], [1.5], ['many']])('maxVariants: %j is refused', (maxVariants) => {
  expect(() => cacheOf('', { limits: { maxVariants: maxVariants as never } })).toThrow(
    /The option limits\.maxVariants must be a whole number of at least 1/,
  )
})
