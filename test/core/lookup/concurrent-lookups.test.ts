import { lazy } from 'onetrip'
import { expect, test } from 'vitest'
import { deferred } from '../../helpers/deferred.ts'
import { clockedCacheOf, engineOf } from '../../helpers/templates.ts'

const PAGE =
  '{% cache "kept", tags=["t"] %}{{ text }}{% endcache %}' +
  '{% cache "short", tags=["t"], ttl="10s" %}{{ text }}{% endcache %}{{ read }}'

test("a hit of a page's first lookup stays a hit when its second one sees newer versions", async () => {
  const engine = engineOf({ page: PAGE })
  const { cache, html, clock } = clockedCacheOf({ page: PAGE }, { engine })
  // The store has copies of what is read again and again.
  for (let n = 0; n < 5; n++) expect(await html({ read: '', text: 'old' })).toBe('oldold')
  clock.advance(20_000)

  // Both lookups wait for the digest of the template: the first was made before the invalidation.
  const asked = deferred<void>()
  const { digestOf } = engine
  engine.digestOf = (name) => asked.promise.then(() => digestOf.call(engine, name))
  const read = lazy(async () => {
    await cache.invalidate('t')
    setImmediate(() => asked.resolve())
    return ''
  })
  const page = cache.open()
  // With values to read ahead, fragments are looked up while lazy values are loaded.
  page.preload('value')
  const { body, fragments } = await page.render('page', { read, text: 'new' })
  expect(body.toString()).toBe('oldnew')
  expect(fragments.map(({ state }) => state)).toEqual(['hit', 'miss'])
  await page.writeBack()
  await cache.settled()
  expect(await html({ read: '', text: 'newest' })).toBe('newestnewest')
})
