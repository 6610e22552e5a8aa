/** Milliseconds. */
export const LIFE = 3_600_000

/** Makes what was missed, and keeps it. @returns the values of all keys, in their order */
export async function fillMissed(keys, values, load, keep) {
  const missed = keys.filter((_, n) => values[n] === undefined)
  if (missed.length === 0) return values
  const made = new Map(await Promise.all(missed.map(async (key) => [key, await load(key)])))
  await keep([...made].map(([key, value]) => ({ key, value, ttl: LIFE })))
  return keys.map((key, n) => values[n] ?? made.get(key))
}
