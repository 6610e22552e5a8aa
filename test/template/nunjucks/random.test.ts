import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCase } from './oracle/generator.ts'
import { type Outcome, outcomes } from './oracle/oracle.ts'

/** Set by hand, to repeat a failure: fast-check prints it. */
const SEED = process.env.ONETRIP_SEED

/** How many pages, each rendered five times. */
const PAGES = 1000

function comparable(outcome: Outcome): string {
  return 'html' in outcome ? outcome.html : 'failed'
}

test(`${PAGES} random pages give the same bytes without caching, cold, warm, and with fragments missing`, {
  timeout: 300_000,
}, async () => {
  const seen = { pages: 0, failed: 0, fragments: 0 }
  await fc.assert(
    fc.asyncProperty(anyCase, fc.infiniteStream(fc.boolean()), async (one, chances) => {
      const found = await outcomes(one, () => chances.next().value)
      const [first, ...others] = Object.entries(found)
      const expected = comparable(first?.[1] as Outcome)
      for (const [how, outcome] of others) {
        if (comparable(outcome) === expected) continue
        const was = 'failed' in outcome ? outcome.failed : outcome.html
        throw new Error(`${how} beside ${first?.[0]}:\n${JSON.stringify(was)}\n${JSON.stringify(expected)}`)
      }
      seen.pages++
      if (expected === 'failed') seen.failed++
      seen.fragments += Object.values(one.templates).join('').split('{% cache').length - 2
    }),
    {
      numRuns: PAGES,
      interruptAfterTimeLimit: 120_000,
      markInterruptAsFailure: true,
      ...(SEED ? { seed: Number(SEED) } : {}),
    },
  )
  // A test of empty pages, or of pages that all fail, would find nothing.
  expect(seen.failed / seen.pages).toBeLessThan(0.4)
  expect(seen.fragments / seen.pages).toBeGreaterThan(1)
})
