import { dataProperty } from '../../../data-property.ts'
import { Lazy } from '../../lazy.ts'
import { isPerVisitorValue, PerVisitorValue } from '../../per-visitor.ts'
import { nunjucks } from '../nunjucks.ts'

/**
 * How deep, and at how many values, marks are looked for: JSON of a page's data is rarely larger.
 */
const DEEPEST = 8
const MOST_VALUES = 10_000
/** A shorter text stands in others by chance: it counts where it is a word of its own. */
const SHORTEST = 4
/**
 * Filters and functions that write all that they are given, and texts that look like what they
 * write.
 */
const SERIALISER = /json|dump|serial|stringify|inspect/i
const SERIALISED = /^\s*(?:[[{"]|&quot;)/

/**
 * Returns the values marked by `perVisitor` that a filter or a function has put into a text. It
 * reads what is inside of its arguments without telling, and may read no more than a title: so the
 * text is searched for each marked value.
 */
export function marksShown(name: string, given: readonly unknown[], result: unknown): readonly object[] {
  const text = textOf(result)
  if (text === undefined) return []
  const marked = marksInside(given)
  if (marked.length === 0 || SERIALISER.test(name) || SERIALISED.test(text)) return marked
  const items = new Set(given.filter(Array.isArray).flat(DEEPEST))
  return marked.filter(
    (value) => (value instanceof PerVisitorValue && items.has(value)) || isIn(text, textsIn(value)),
  )
}

/** Returns the marked texts and numbers that a list prints. */
export function marksPrinted(list: readonly unknown[]): readonly object[] {
  return list.flat(DEEPEST).filter((item) => item instanceof PerVisitorValue)
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof nunjucks.runtime.SafeString ? value.toString() : undefined
}

function marksInside(values: readonly unknown[]): object[] {
  const found: object[] = []
  const seen = new Set<object>()
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || seen.size >= MOST_VALUES) return
    seen.add(value)
    if (isPerVisitorValue(value)) found.push(value)
    if (depth === DEEPEST || value instanceof Lazy) return
    for (const item of itemsOf(value)) look(item, depth + 1)
  }
  for (const value of values) look(value, 0)
  return found
}

function itemsOf(object: object): unknown[] {
  return Object.keys(object).map((key) => dataProperty(object, key))
}

/**
 * The texts that a marked value consists of, and numbers that are long enough to be told from
 * others.
 */
function textsIn(marked: object): string[] {
  const texts: string[] = []
  const look = (value: unknown, depth: number): void => {
    if (value instanceof PerVisitorValue) look(value.value, depth)
    else if (typeof value === 'string') texts.push(value)
    else if (typeof value === 'number' && String(value).length >= SHORTEST) texts.push(String(value))
    else if (typeof value === 'object' && value !== null && depth < DEEPEST)
      for (const item of itemsOf(value)) look(item, depth + 1)
  }
  look(marked, 0)
  return texts.filter((text) => text.trim() !== '')
}

function isIn(text: string, searched: readonly string[]): boolean {
  const words = new Set(text.split(/[^\p{L}\p{N}]+/u))
  return searched.some((one) => {
    if (one.length < SHORTEST) return words.has(one)
    return text.includes(one) || text.includes(nunjucks.lib.escape(one))
  })
}
