/**
 * Returns the groups of files that reach each other by imports (Tarjan's strongly connected
 * components of more than one file).
 *
 * @param {readonly import('./sources.js').Import[]} imports
 * @returns {string[][]}
 */
export function cyclesIn(imports) {
  /** @type {Map<string, string[]>} */
  const next = new Map()
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to])
  /** @type {Map<string, number>} */
  const lowest = new Map()
  /** @type {string[]} */
  const stack = []
  /** @type {string[][]} */
  const cycles = []

  /** @param {string} file @returns {number} the lowest number that it reaches */
  const visit = (file) => {
    const number = lowest.size
    let low = number
    lowest.set(file, number)
    stack.push(file)
    for (const to of next.get(file) ?? []) {
      if (!lowest.has(to)) low = Math.min(low, visit(to))
      else if (stack.includes(to)) low = Math.min(low, lowest.get(to) ?? number)
    }
    lowest.set(file, low)
    if (low === number) {
      const group = stack.splice(stack.indexOf(file))
      if (group.length > 1) cycles.push(group.sort())
    }
    return low
  }
  for (const file of next.keys()) if (!lowest.has(file)) visit(file)
  return cycles
}
