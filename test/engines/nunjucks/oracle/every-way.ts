import { FragmentCache } from 'onetrip'
import { nunjucksEngine } from 'onetrip/nunjucks'
import type { TemplateEngine } from '../../../../src/engines/template-engine.ts'
import { type Case, environmentOf, isCompilerBug, type Outcome, Pages, renderStock } from './oracle.ts'

/** Ways to render a page, each with what came of it. All must come to the same. */
export type Outcomes = Readonly<Record<string, Outcome>>

/** Makes a wrong engine of a right one: the oracle has to notice. */
export type Spoil = (engine: TemplateEngine) => TemplateEngine

function pagesOf(one: Case, spoil: Spoil): Pages {
  const pages = new Pages(one)
  const engine = spoil(nunjucksEngine({ environment: environmentOf(one) }))
  return Object.assign(pages, {
    cache: new FragmentCache({ store: pages.store, engine, ttl: '5m', entries: { allowEmpty: true } }),
  })
}

/**
 * Renders a page in every way: for the visitor who fills the cache, and for another one on the same
 * entries.
 * @param chance says of each entry whether it is deleted before the last page, and of a tag whether
 * it is invalidated
 */
export async function everyWay(
  one: Case,
  chance: () => boolean,
  spoil?: Spoil,
): Promise<readonly [Outcomes, Outcomes]> {
  const off = new Pages(one, false)
  const on = spoil ? pagesOf(one, spoil) : new Pages(one)
  const stock = one.stock === false ? undefined : await renderStock(one)
  const first: Outcomes = {
    ...(stock && !isCompilerBug(stock) ? { stock } : {}),
    off: await off.render(),
    cold: await on.render(),
    warm: await on.render(),
  }
  const second = { off: await off.render('berta'), warm: await on.render('berta') }
  await on.store.deleteMany(on.keys.filter(chance))
  if (chance()) await on.cache.invalidate('t1')
  return [{ ...first, 'some missing': await on.render() }, second]
}

/**
 * Describes the first difference between outcomes. Messages of stock nunjucks name other lines than
 * ours, so compared with those it is enough that both fail. Ours name the same place in every way
 * of rendering, except for the includes that led to it, which are not known where a body runs by
 * itself.
 */
export function difference(
  [first, second]: readonly [Outcomes, Outcomes],
  message: (failed: string) => string = innermost,
): string | undefined {
  const { stock, ...ours } = first
  return (
    (stock && differenceOf({ stock, off: ours.off as Outcome }, anyMessage)) ??
    differenceOf(ours, message) ??
    differenceOf(second, message)
  )
}

/** Where several things fail, which of them is told depends on their order. */
export const anyMessage = () => 'failed'

const innermost = (failed: string) =>
  failed
    .split('\n')
    .slice(-2)
    .join('\n')
    .replace(/^.*?Template render error: /, '')
    // A variable of compiled code.
    .replace(/\bt_\d+/, 't_n')

const full = (of: Outcome) => ('html' in of ? JSON.stringify(of.html) : of.failed)

function differenceOf(all: Outcomes, message: (failed: string) => string): string | undefined {
  const shown = (of: Outcome) => ('html' in of ? full(of) : message(of.failed))
  const [[expectedOf, expected] = [], ...others] = Object.entries(all) as [string, Outcome][]
  if (!expected) return undefined
  const different = others.find(([, outcome]) => shown(outcome) !== shown(expected))
  return different && `${different[0]}, unlike ${expectedOf}:\n${full(different[1])}\n${full(expected)}`
}
