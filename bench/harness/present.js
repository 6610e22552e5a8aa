/**
 * Returns the value under a key that must be there.
 * @template K, V
 * @param {ReadonlyMap<K, V>} map
 * @param {K} key
 * @returns {V}
 */
export function present(map, key) {
  const value = map.get(key)
  if (value === undefined) throw new Error(`${key} is missing`)
  return value
}
