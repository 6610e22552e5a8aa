import { describe, expect, test } from 'vitest'
import { COMBINATIONS } from './oracle/combinations/index.ts'
import { difference, everyWay } from './oracle/every-way.ts'
import { Pages } from './oracle/oracle.ts'

describe('the same bytes without caching, cold, warm, half missing, and for another visitor', () => {
  for (const [title, one] of COMBINATIONS) {
    const as = one.broken ? test.fails : test
    as(title, async () => {
      let n = 0
      expect(difference(await everyWay(one, () => n++ % 2 === 0))).toBeUndefined()
    })
  }
})

test('the pages are cached: a warm page has no misses, a cold page has no hits', async () => {
  let hits = 0
  for (const [title, one] of COMBINATIONS) {
    if (one.broken) continue
    const pages = new Pages(one)
    if ('failed' in (await pages.render())) continue
    expect(pages.hits, title).toBe(0)
    const { misses } = pages
    await pages.render()
    expect(pages.misses, title).toBe(one.misses)
    expect(pages.hits + pages.misses, title).toBe(misses)
    hits += pages.hits
  }
  expect(hits).toBeGreaterThan(120)
})
