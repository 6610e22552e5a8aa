/** A number for a text, the same in each run. */
export function hash(text) {
  let value = 2166136261
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619)
  return value >>> 0
}

/** One of some values, chosen by a text. */
export function choose(values, text) {
  return values[hash(text) % values.length]
}
