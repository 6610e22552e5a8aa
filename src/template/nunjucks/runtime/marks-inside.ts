import { isVisitors, Lazy } from '../../template-engine.ts'

/** How deep, and at how many values, marks are looked for: JSON of a page's data is rarely larger. */
const DEEPEST = 8
const MOST_VALUES = 10_000

/** Calls back for each value marked by `perVisitor` that stands inside others: a filter reads them without telling. */
export function marksInside(values: readonly unknown[], found: (value: object) => void): void {
  const seen = new Set<object>()
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || seen.size >= MOST_VALUES) return
    seen.add(value)
    if (isVisitors(value)) found(value)
    if (depth === DEEPEST || value instanceof Lazy) return
    for (const item of Object.values(value)) look(item, depth + 1)
  }
  for (const value of values) look(value, 0)
}
