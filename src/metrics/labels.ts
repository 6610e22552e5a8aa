import { OTHER } from './snapshot.ts'

/**
 * Returns the numbers of a label, which are created at its first use; those of `(other)` if there
 * are `limit` labels already.
 */
export function labelled<T>(numbers: Map<string, T>, label: string, limit: number, create: () => T): T {
  const known = numbers.get(label)
  if (known !== undefined) return known
  // One place is kept for the label of the rest.
  const own = numbers.size < limit - 1 || label === OTHER
  const key = own ? label : OTHER
  const found = numbers.get(key)
  if (found !== undefined) return found
  const created = create()
  numbers.set(key, created)
  return created
}
