import { OptionError } from 'onetrip'
import { describe, expect, test } from 'vitest'
import { cacheOf, clockedCacheOf, told } from '../../helpers/templates.ts'

const PAGE = '{% cache "out", tags=["t"] %}1{% include "in" %}{% endcache %}'
const IN = '{% cache "in", tags=["t"] %}{{ text }}{% endcache %}'

function siteOf(templates: Record<string, string>) {
  const site = clockedCacheOf(templates, { entries: { onTemplateChange: 'stale' } })
  return {
    ...site,
    edit: (name: string, text: string) => {
      site.clock.advance(1_000)
      site.templates[name] = text
    },
  }
}

describe("onTemplateChange: 'stale'", () => {
  test('serves the old entry once more, and renders the new one behind the page', async () => {
    const { html, edit, events, cache } = siteOf({ page: PAGE, in: IN })
    expect(await html({ text: 'a' })).toBe('1a')
    edit('page', PAGE.replace('1', '2'))
    const page = cache.open()
    const { body, fragments } = await page.render('page', { text: 'b' })
    expect(body.toString()).toBe('1a')
    expect(fragments.map(({ name, state }) => `${name} ${state}`)).toEqual(['out stale'])
    expect([page.hits, page.stale, page.misses]).toEqual([0, 1, 0])
    await page.writeBack()
    // The inner one was a hit all the while.
    expect(await html({ text: 'c' })).toBe('2a')
    expect(told(events, 'hit', 'stale', 'write').slice(2)).toEqual(['stale out', 'write out', 'hit out'])
  })

  test('an invalidated entry is not shown, whatever was edited', async () => {
    const { html, edit, cache } = siteOf({ page: PAGE, in: IN })
    await html({ text: 'a' })
    edit('page', PAGE.replace('1', '2'))
    await cache.invalidate('t')
    expect(await html({ text: 'b' })).toBe('2b')
  })

  test('neither is one with holes: in another template they may be others', async () => {
    const hole = '{% cache "a" %}{% nocache %}{{ text }}{% endnocache %}{% endcache %}'
    const { html, edit } = siteOf({ page: hole })
    await html({ text: 'a' })
    edit('page', hole.replace('{% nocache', '!{% nocache'))
    expect(await html({ text: 'b' })).toBe('!b')
  })

  test('an entry that cannot be refreshed stays, and an event reports it', async () => {
    const { html, edit, events } = siteOf({ page: PAGE, in: IN })
    await html({ text: 'a' })
    edit('page', PAGE.replace('1', '{{ nobody() }}'))
    expect(await html({ text: 'b' })).toBe('1a')
    expect(await html({ text: 'b' })).toBe('1a')
    expect(told(events, 'skip')[0]).toMatch(/^skip out: it could not be refreshed: /)
  })

  test('is off by default, and checked at the door', async () => {
    const { html, templates } = cacheOf({ page: PAGE, in: IN })
    await html({ text: 'a' })
    templates.page = PAGE.replace('1', '2')
    expect(await html({ text: 'b' })).toBe('2a')
    expect(() => cacheOf('', { entries: { onTemplateChange: 'old' as never } })).toThrow(OptionError)
  })
})
