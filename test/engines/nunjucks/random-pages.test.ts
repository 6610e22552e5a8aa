import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyMessage, difference, everyWay, type Outcomes } from './oracle/every-way.ts'
import { anyFaultyCase, type FaultyCase } from './oracle/faults.ts'
import { anyCase } from './oracle/generator.ts'
import { isCompilerBug, type Outcome, Pages, renderStock } from './oracle/oracle.ts'

const { ONETRIP_SEED = '20261125', ONETRIP_RANDOM_PAGES = '600' } = process.env

/**
 * The same pages each time, so that a change is what makes it fail. Other pages: ONETRIP_SEED=7,
 * which fast-check prints where it finds something, or ONETRIP_SEED=random.
 */
const SEED = ONETRIP_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(ONETRIP_SEED)

/** The number of pages, each rendered seven times, twice of these for a second visitor. */
const PAGES = Number(ONETRIP_RANDOM_PAGES)

/** The number of those in which something fails. */
const FAULTY_PAGES = Math.ceil(PAGES * 0.3)

test(`${PAGES} random pages give the same bytes without caching, cold, warm, half missing, and for another visitor`, {
  timeout: PAGES * 3_000,
}, async () => {
  const seen = { pages: 0, failed: 0, fragments: 0, holes: 0 }
  await fc.assert(
    fc.asyncProperty(anyCase, fc.infiniteStream(fc.boolean()), async (one, chances) => {
      const found = await everyWay(one, () => chances.next().value)
      const differs = difference(found, anyMessage)
      if (differs) throw new Error(differs)
      const source = Object.values(one.templates).join('')
      seen.pages++
      if ('failed' in (found[0].off as Outcome)) seen.failed++
      seen.fragments += source.split('{% cache').length - 2
      seen.holes += source.split('{% nocache').length - 1
    }),
    { numRuns: PAGES, seed: SEED },
  )
  // A test of empty pages, or of pages that all fail, would find nothing.
  expect(seen.failed / seen.pages).toBeLessThan(0.4)
  expect(seen.fragments / seen.pages).toBeGreaterThan(1)
  expect(seen.holes / seen.pages).toBeGreaterThan(0.5)
})

test(`${FAULTY_PAGES} random pages that fail somewhere give one error, or the same bytes, in every way`, {
  timeout: PAGES * 3_000,
}, async () => {
  const seen = { pages: 0, failed: 0, compared: 0, stock: 0 }
  await fc.assert(
    fc.asyncProperty(anyFaultyCase, fc.infiniteStream(fc.boolean()), async (one, chances) => {
      const found = await everyWay({ ...one.page, stock: false }, () => chances.next().value)
      const off = found[0].off as Outcome
      if (isRefused(off)) return
      // Where something else fails, too, which of them is told depends on their order.
      const alone = 'html' in (await new Pages(one.sound, false).render())
      const differs = difference(found, alone ? undefined : anyMessage)
      if (differs) throw new Error(differs)
      seen.pages++
      if ('failed' in off) seen.failed++
      if ('failed' in off && alone) seen.compared++
      if (await isAsStock(one, found[0], alone)) seen.stock++
    }),
    { numRuns: FAULTY_PAGES, seed: SEED },
  )
  expect(seen.failed / seen.pages).toBeGreaterThan(0.4)
  expect(seen.compared / seen.pages).toBeGreaterThan(0.3)
  expect(seen.stock / seen.pages).toBeGreaterThan(0.05)
})

/** Without caching, a body that waits does not work where nothing can wait for it. */
function isRefused(off: Outcome): boolean {
  return isCompilerBug(off) || ('failed' in off && off.failed.includes('whose body waits'))
}

/**
 * nunjucks itself loses some errors that are reported by a callback; one after an asynchronous
 * filter ends the process.
 */
async function isAsStock(one: FaultyCase, { off }: Outcomes, alone: boolean): Promise<boolean> {
  if (one.stock === false || one.sound.stock === false || !off) return false
  if (Object.values(one.page.templates).some((source) => /\| (later|soon|breaks)/.test(source))) return false
  const stock = await renderStock(one.page)
  if (isCompilerBug(stock)) return false
  if ('html' in off) expect(stock).toEqual(off)
  else if ('html' in stock) expect(one.callsBack, `nunjucks rendered ${stock.html}\n${off.failed}`).toBe(true)
  else if (alone) expect(lastLine(off.failed)).toBe(lastLine(stock.failed))
  return true
}

const lastLine = (text: string) =>
  text
    .split('\n')
    .at(-1)
    ?.replace(/^.*Template render error: /, '')
    .trim()
