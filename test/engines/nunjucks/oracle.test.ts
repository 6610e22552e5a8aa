import { describe, expect, test } from 'vitest'
import { CORPUS } from './oracle/corpus.ts'
import { type Outcome, outcomes, Pages, visitorOutcomes } from './oracle/oracle.ts'

/** Messages of errors name other lines than nunjucks' own; that both fail is what is compared. */
function comparable(outcome: Outcome): string {
  return 'html' in outcome ? outcome.html : 'failed'
}

function expectOne(found: Record<string, Outcome>): void {
  const [first, ...others] = Object.entries(found)
  for (const [how, outcome] of others) {
    expect(
      { [how]: comparable(outcome) },
      `${how} beside ${first?.[0]}${'failed' in outcome ? ` (${outcome.failed})` : ''}`,
    ).toEqual({ [how]: comparable(first?.[1] as Outcome) })
  }
}

describe.each(CORPUS)('%s', (_title, one) => {
  test('gives the same bytes without caching, cold, warm, and with some fragments missing', async () => {
    let n = 0
    expectOne(await outcomes(one, () => n++ % 2 === 0))
  })

  test('gives another visitor their own page from the same entries', async () => {
    expectOne(await visitorOutcomes(one))
  })
})

test('the corpus is cached: a warm page has no misses, a cold page has no hits', async () => {
  let hits = 0
  for (const [title, one] of CORPUS) {
    const pages = new Pages(one)
    const cold = await pages.render()
    if ('failed' in cold) continue
    expect(pages.hits, title).toBe(0)
    const { misses } = pages
    await pages.render()
    const skipped = title === 'condition' ? 1 : 0
    const conflicts = title === 'several' ? 1 : 0
    expect(pages.misses, title).toBe(skipped + conflicts)
    // What stands inside a hit is not asked for.
    if (!title.startsWith('nested')) expect(pages.hits + pages.misses, title).toBe(misses)
    hits += pages.hits
  }
  expect(hits).toBeGreaterThan(150)
})
