import { expect, test } from 'vitest'
import { onEveryStore } from '../../helpers/every-store.ts'
import { cacheOf } from '../../helpers/templates.ts'

const CARD =
  '{% cache "card", film.id, ttl="5m", tags=["film:" ~ film.id], vary=["locale"] %}<b>{{ film.title }}</b>{% endcache %}'
const FILM = { film: { id: 7, title: 'Alien' } }

let sites = 0

onEveryStore((create) => {
  test('inspect() finds an entry, a variant, what was invalidated and what was deleted', async () => {
    // One store may serve several tests.
    const prefix = `inspect${sites++}`
    const { cache } = cacheOf(CARD, {
      ...{ store: create(), prefix, entries: { jitter: 0 } },
      vary: { locale: () => 'de' },
    })
    const inspect = (locale = 'de') => cache.inspect({ name: 'card', parts: [7], vary: { locale } })
    expect(await inspect()).toMatchObject({ found: false, state: 'miss', reason: 'absent' })
    const render = async () => {
      await cache.render('page', FILM)
      await cache.settled()
    }
    await render()
    const found = await inspect()
    expect(found).toMatchObject({ found: true, valid: true, html: '<b>Alien</b>', size: 12, ttl: 300_000 })
    expect(found.tags).toMatchObject([{ name: 'film:7', valid: true, version: found.tags[0]?.current }])
    expect(await inspect('fr')).toMatchObject({ found: false, reason: 'absent' })

    await cache.invalidate('film:7')
    const invalidated = await inspect()
    expect(invalidated).toMatchObject({ found: true, valid: false, reason: 'invalidated' })
    expect(invalidated.explanation).toMatch(/^Its tag "film:7" was invalidated /)

    // Not stored while the page may have begun before the invalidation, by the store's clock.
    const renderAgain = async () => {
      await render()
      return (await inspect()).valid
    }
    await expect.poll(renderAgain).toBe(true)
    await cache.delete({ name: 'card', parts: [7], vary: { locale: 'de' } })
    expect(await inspect()).toMatchObject({ found: false, reason: 'invalidated' })
    await cache.close()
  })
})
